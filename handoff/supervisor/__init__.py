"""Starts, watches, restarts and stops the processes of the service on one machine."""
