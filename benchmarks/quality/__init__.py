"""Accuracy for the seconds given: this package and its peers on the same rows, cores and budgets."""
