"""Compile: many conditions as one generated Python function; `compiled` has the whole."""
