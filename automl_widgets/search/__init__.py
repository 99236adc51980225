"""Which pipelines to try, in which order, and how to combine them."""
