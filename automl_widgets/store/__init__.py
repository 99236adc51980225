"""What survives the kernel: rows in SQLite, artifacts in folders."""
