"""The pages, thin; what two of them share is in `parts`."""
