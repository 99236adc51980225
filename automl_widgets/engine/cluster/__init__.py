"""Clusters of machines, or of nodes on this one: a process beside the kernel holds them. Not here: trials."""
