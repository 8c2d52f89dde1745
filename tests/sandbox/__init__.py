"""The sandbox answers as documented and does its work for real."""
