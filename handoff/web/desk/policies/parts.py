"""What these pages need of the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handoff.domain.documents import RulesInForce
from handoff.services.policies.keep_policy import KeepWords, PublishPolicy, ReadPolicies
from handoff.services.policies.read_documents import ReadDocument
from handoff.services.policies.show_policy import SeenPolicies
from handoff.services.ports import Store
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class PolicyDesk:
    """The verbs and reads of these pages. seen: which versions the contact of a talk was shown."""

    read: ReadPolicies
    keep: KeepWords
    publish: PublishPolicy
    seen: SeenPolicies
    document: ReadDocument


def policy_desk(store: Store, setting: Setting, rules: Callable[[], RulesInForce]) -> PolicyDesk:
    """Make them. Args: rules: those that the screen runs with."""
    return PolicyDesk(
        read=ReadPolicies(store, setting),
        keep=KeepWords(store, setting),
        publish=PublishPolicy(store, setting),
        seen=SeenPolicies(store),
        document=ReadDocument(store, setting, rules),
    )
