"""Prints every figure that the documents quote, each beside its reference, measured in one run."""
