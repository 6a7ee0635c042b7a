"""The web chat's verbs: start, say, read, end, and the small signs of life on both sides."""
