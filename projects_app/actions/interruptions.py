"""How a request with an upload's bytes can end before its last one. What came before stays."""

from __future__ import annotations


class Conflict(Exception):
    """The bytes do not join on to what is here."""


class Gone(Exception):
    """The upload has ended: refused, cancelled, damaged or cleared away."""


class Replaced(Exception):
    """A newer request sends this upload now."""


class Silent(Exception):
    """Nothing came for a minute."""


class TooLong(Exception):
    """More bytes than the upload was announced with."""
