"""Explaining: why, why not, and when next, of one ticket at one instant. Pure."""
