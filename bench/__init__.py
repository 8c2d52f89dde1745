"""Measurements of the desk. `script/bench NAME` prints one JSON line; every figure is a ratio or a difference within
that run, because absolute numbers of a shared machine mean nothing."""
