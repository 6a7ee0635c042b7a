"""A stock Rasa project beside ours: same domain, data and actions, everything else as Rasa ships it."""
