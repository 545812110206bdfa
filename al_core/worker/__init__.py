"""The process that runs a run, what starts it, and what notices that it has died."""
