"""The stand-in of the Magic Hour API, under /magic-hour."""
