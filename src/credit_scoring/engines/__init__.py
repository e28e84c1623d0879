"""Where queries run. DuckDB is embedded and the default."""
