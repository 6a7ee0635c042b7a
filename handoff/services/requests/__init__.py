"""Requests for disclosure and deletion, the board's instructions, leak reports."""
