"""Files: CSV, Parquet and Excel by a declared mapping."""
