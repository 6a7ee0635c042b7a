"""The staff roster: entries, pledges, training."""
