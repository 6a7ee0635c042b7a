"""The profile: one municipality's service (事業設定) as frozen data, its words and its open questions."""

from __future__ import annotations

from handoff.domain.profile.duty import HelpLine
from handoff.domain.profile.gaps import Gap, blocking_nulls, gaps_for_students
from handoff.domain.profile.model import Profile
from handoff.domain.profile.vocabulary import Agency, Flow, MediaRule, ReplySource

__all__ = [
    "Agency",
    "Flow",
    "Gap",
    "HelpLine",
    "MediaRule",
    "Profile",
    "ReplySource",
    "blocking_nulls",
    "gaps_for_students",
]
