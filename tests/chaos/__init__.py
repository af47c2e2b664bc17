"""Worker processes killed, stopped and starved in the middle of work."""
