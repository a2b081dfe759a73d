"""The catalogue of facts: one source of facts a file, put together in `registry`."""
