"""Policies in the desk's words."""

from __future__ import annotations

from datetime import date
from typing import Any

from handoff.domain.policy import SEEN_NAMES, PolicySeen
from handoff.web.desk.form_pages import moment_words


def seen_words(seen: PolicySeen, today: date) -> dict[str, Any]:
    """That a contact was shown a version: how, when, and whether it arrived."""
    fate = {True: "", False: "・届いていません", None: "・届いたかは未確認"}[seen.arrived]
    return {"number": seen.number, "told": f"{moment_words(seen.at, today)} {SEEN_NAMES[seen.way]}{fate}"}
