"""A stand-in of the Submagic API, as its public documents describe it."""
