"""For how long a student's own view keeps what was said after the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from handoff.domain.profile import Profile

#: Minutes where the board says nothing: what Childline's chat does (WG-9g).
SILENT: Final = 5


def kept_for(profile: Profile) -> timedelta:
    """The profile's minutes."""
    return timedelta(minutes=profile.session.web_clear_minutes or SILENT)
