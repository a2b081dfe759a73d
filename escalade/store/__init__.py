"""escalade/store."""
