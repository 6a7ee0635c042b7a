"""The de-identified rows of sessions that outlive their words (KAG-6.1キ)."""
