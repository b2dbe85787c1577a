"""Bytes: fetching results, reading what they are, fitting them to a size, keeping them on disk."""
