"""The staff roster: qualification, pledge, training (KAG-6.1ア, ウ, オ)."""
