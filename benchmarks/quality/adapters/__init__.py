"""One module a system: how its documentation says to fit within a number of seconds, and nothing more.

They run in the system's own environment, so they import it, numpy, pandas and ``job``.
"""
