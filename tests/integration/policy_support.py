"""What the tests of the policy publish."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from handoff.domain.hours import ZONE
from handoff.domain.policy import BoardWords, PolicyVersion
from handoff.domain.staff import StaffMember
from handoff.services.policies.keep_policy import KeepWords, Publication, PublishPolicy, ReadPolicies
from tests.integration.conftest import Service

WORDS = BoardWords(short="夏休みも開いています。")


async def ask(service: Service, by: StaffMember, **values: Any) -> Publication:
    """What the form sends that somebody sees now."""
    board = await ReadPolicies(service.store, service.setting)(by)
    told = Publication(
        key=uuid4(),
        revision=board.draft.revision,
        shown=board.next_text.fingerprint,
        note="文を直しました。",
        approved_by="学校安全課 課長",
        approved_on=board.now.astimezone(ZONE).date(),
        holds_from=None,
    )
    return replace(told, **values)


async def publish(service: Service, by: StaffMember, **values: Any) -> PolicyVersion:
    return await PublishPolicy(service.store, service.setting)(by, await ask(service, by, **values))


async def write(service: Service, by: StaffMember, words: BoardWords, revision: int = 0) -> bool:
    return await KeepWords(service.store, service.setting)(by, words, revision)
