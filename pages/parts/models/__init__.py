"""Widgets of models that are to leave the house: to decide, promote, try."""
