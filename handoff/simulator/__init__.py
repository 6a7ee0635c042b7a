"""A stand-in for LINE's platform on loopback: the demo's ``/simulator`` and every test talk to it instead of LINE.

It signs webhooks as LINE does, takes replies and pushes, and keeps LINE's rules: a reply token is good once and for
sixty seconds, five messages a call, retry keys with 409, both kinds of 429, 5,000 UTF-16 units, 13 quick replies.
It imports nothing of the bridge, so that it can't be wrong in the same way. Everything lives in memory.
"""

from __future__ import annotations

from handoff.simulator.config import StandInConfig
from handoff.simulator.signing import sign

__all__ = ["StandInConfig", "sign"]
