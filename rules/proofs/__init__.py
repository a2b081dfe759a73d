"""Proofs of many conditions at once: what a fact answers to all that is asked of it is worked out together."""
