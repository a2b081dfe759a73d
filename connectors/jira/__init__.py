"""connectors/jira."""
