"""The media work, piece by piece."""
