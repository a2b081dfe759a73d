"""Lint: what loads and still goes wrong in a policy. One family of findings a file; `run.lint` asks them all."""
