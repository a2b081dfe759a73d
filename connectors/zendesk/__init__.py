"""connectors/zendesk."""
