"""Search that serves Chinese: character bigrams in the database's own full-text index, SQLite or PostgreSQL."""
