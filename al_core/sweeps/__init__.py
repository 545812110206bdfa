"""Sweeps: the same experiment for every strategy, model, corpus and seed, as one thing."""
