"""Whole conversations as data, a bridge without a database, and the runner that plays them."""
