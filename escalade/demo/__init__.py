"""The demo: Escalade at work against the local emulator, told as a story."""
