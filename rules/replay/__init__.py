"""Replay: a policy played on what happened in the past, with the engine that decides in earnest. Pure."""
