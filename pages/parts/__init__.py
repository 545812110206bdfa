"""Pieces of pages, each with one reason."""
