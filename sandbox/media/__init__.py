"""Real work on real files, shared by all stand-ins: probe, recognise speech, choose, cut, caption, draw, speak."""
