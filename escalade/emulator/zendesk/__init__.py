"""The emulated Zendesk account."""
