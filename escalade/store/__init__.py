"""Where everything that must survive lives: SQLite by default, PostgreSQL by URL. Open it with `sql.open_store`."""
