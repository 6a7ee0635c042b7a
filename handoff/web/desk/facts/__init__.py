"""Facts: what is counted of a session, outside the session's key."""
