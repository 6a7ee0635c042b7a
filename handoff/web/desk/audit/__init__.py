"""The audit's page and the monthly confirmation."""
