"""escalade."""
