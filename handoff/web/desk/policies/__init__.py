"""Policies by version, and which one a contact saw."""
