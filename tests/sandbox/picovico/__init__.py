"""Tests of the Picovico stand-in."""
