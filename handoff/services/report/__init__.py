"""Reports from the service's own page (KAG-2, KAG-4.2): begun, kept while they are written, sent, and gone on with."""
