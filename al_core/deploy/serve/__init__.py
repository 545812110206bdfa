"""A model behind HTTP: one model thread, requests answered together, and limits on all that comes in."""
