"""The web chat: its page, its socket, and the way without a socket."""
