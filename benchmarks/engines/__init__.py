"""Engines side by side: the tickets and rules of benchmarks/rules_engines.py, and one contender a class."""
