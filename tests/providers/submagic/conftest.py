"""For the rows of the contract that the desk keeps: the scripted provider of its own tests."""

from __future__ import annotations

from tests.projects_app.scripted import provider

__all__ = ["provider"]
