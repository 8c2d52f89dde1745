"""Faults that a test orders for single requests and webhooks; knows no provider, see README.md of the sandbox."""
