"""The second factor: the way in, one's own page, and the list from which a lost one is taken off."""
