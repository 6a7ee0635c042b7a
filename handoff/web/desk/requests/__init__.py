"""Requests, the board's instructions, leak reports."""
