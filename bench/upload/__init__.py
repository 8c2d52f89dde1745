"""How fast and how light an upload is on its two legs: browser → desk → provider (design: uploads)."""
