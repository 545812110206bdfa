"""People who label: sessions, claims, agreement."""
