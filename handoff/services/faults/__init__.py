"""Faults of the service: record, report to the board, notice for students (KAG-8.1, TAJ-N6)."""
