"""Where trials run: one protocol, several kinds of process."""
