"""Operating policy and terms by version, and who saw which (HOK-8.1, WG-10, TAJ-6)."""
