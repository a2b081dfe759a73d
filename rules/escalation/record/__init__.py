"""The record of an account's escalation: what people did about it, folded into where it stands."""
