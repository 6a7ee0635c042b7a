"""The policy's public pages: ``/policy``."""
