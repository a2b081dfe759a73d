"""Histories: what happened to tickets, event by event, as files hold it and as helpdesks can still tell it. Pure."""
