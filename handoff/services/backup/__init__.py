"""Backups: made every day, put back for a trial every week."""
