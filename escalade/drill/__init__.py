"""Drills: scenarios that are played on the local emulator, for training and as a test of a policy."""
