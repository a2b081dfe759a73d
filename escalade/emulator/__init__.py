"""escalade/emulator."""
