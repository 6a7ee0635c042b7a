"""The audit: its chain, its check, its page, and the monthly confirmation."""
