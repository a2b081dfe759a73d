"""A local Zendesk and Jira over HTTP, for tests and the demo; it imports nothing else of Escalade."""
