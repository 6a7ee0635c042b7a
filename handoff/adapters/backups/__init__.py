"""Backups: PostgreSQL's own programs, the sealed files, and where they are put back for a trial."""
