"""The revisions of the schema, oldest first. A published revision is never edited."""
