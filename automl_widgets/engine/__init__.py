"""Runs a plan: a pure machine decides, one thread carries out, worker processes compute."""
