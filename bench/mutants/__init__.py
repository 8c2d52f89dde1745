"""Planted faults: each must be caught by the tests (design: reliability, T21)."""
