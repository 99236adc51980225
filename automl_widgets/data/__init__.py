"""From what the user has to what a worker reads: load, check, featurize, split."""
