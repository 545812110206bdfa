"""The disk under the data folder: what takes its room, what may go, and what is said when it is full."""
