"""Escalade: poll, visit, wake."""
