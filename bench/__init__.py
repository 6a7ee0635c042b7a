"""How fast the service is: ``python -m bench``, described in docs/performance.md."""
