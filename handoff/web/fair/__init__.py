"""Floods meet a small proof of work and never a refusal; how pages ask for it is told in ``fair.py``."""

from __future__ import annotations

from handoff.domain.errors import WorkRequired
from handoff.domain.fair import Purpose
from handoff.web.fair.fair import Fair, Work, fair_of
from handoff.web.fair.page import add_fair

__all__ = ["Fair", "Purpose", "Work", "WorkRequired", "add_fair", "fair_of"]
