"""Blocks; follow and unfollow dates, opt-out, approved texts."""
