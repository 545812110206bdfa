"""Widgets of the Story page."""
