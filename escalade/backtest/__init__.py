"""Back-tests: histories from files and from the store, played by `rules.replay`."""
