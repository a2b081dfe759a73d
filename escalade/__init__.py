"""The shell around the core: command line, settings, store, demo and the local emulator."""
