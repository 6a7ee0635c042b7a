"""The verbs of evidence: files come in piece by piece, are looked at by a program alone, kept sealed, opened on record."""
