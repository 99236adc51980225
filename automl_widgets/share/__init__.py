"""A run on its way out of its workspace and back in: as one file, in other libraries' forms. It trains nothing."""
