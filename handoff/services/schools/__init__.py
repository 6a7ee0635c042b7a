"""The school register (KAG-5, KAG-6.1キ)."""
