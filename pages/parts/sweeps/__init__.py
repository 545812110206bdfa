"""Parts of the pages on sweeps."""
