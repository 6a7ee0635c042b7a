"""What the policy's pages need of the service; ``handoff/bootstrap`` opens it."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.services.policies.read_policy import ReadPolicy
from handoff.services.ports import Store
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class PolicyParts:
    """Read by anybody, without an account or a cookie."""

    setting: Setting
    read: ReadPolicy


def policy_parts(store: Store, setting: Setting) -> PolicyParts:
    """Make them."""
    return PolicyParts(setting, ReadPolicy(store, setting))
