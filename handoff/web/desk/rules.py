"""How a rule of the desk is written."""

from __future__ import annotations

from handoff.domain.access import Door, Reach, Rule
from handoff.domain.staff import Permission


def rule(*needs: Permission, reach: Reach = Reach.NOTHING, trained: bool = False) -> Rule:
    """Of an address for people who are signed in. Args: needs: one of them is enough."""
    return Rule(Door.SIGNED_IN, needs, reach, trained=trained)
