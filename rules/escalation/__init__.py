"""The escalation process: what people ask for and do about tickets and accounts, as a fold over what they said."""
