"""Histories at the edges: files, and what helpdesks and the store still know."""
