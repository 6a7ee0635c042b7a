"""``/report``: somebody tells of bullying without a name, and comes back with a receipt (KAG-2, KAG-4.2, WG-1)."""
