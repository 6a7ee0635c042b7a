"""Pledges of secrecy (KAG-6.1オ): each gives their own, for the text as it stands."""

from __future__ import annotations

from uuid import uuid4

import pytest

from handoff.domain.errors import InputRefused, NotPermitted
from handoff.domain.pledge import PLEDGE_VERSION
from handoff.domain.staff import Lack, StaffMember, StaffRole
from tests.integration.conftest import Service
from tests.integration.desk_support import PASSWORD, Bridge
from tests.integration.roster_support import ON, TODAY, RosterVerbs, newcomer


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def kaede(bridge: Bridge) -> StaffMember:
    return await bridge.person("かえで", StaffRole.ADMINISTRATOR)


@pytest.fixture
def desk(bridge: Bridge) -> RosterVerbs:
    return RosterVerbs(bridge)


async def test_a_pledge_is_each_one_s_own(bridge: Bridge, kaede: StaffMember, desk: RosterVerbs) -> None:
    one, other = await newcomer(bridge), await newcomer(bridge)
    for version, password, agreed, field in (
        (PLEDGE_VERSION, PASSWORD, False, "agreed"),
        (PLEDGE_VERSION - 1, PASSWORD, True, "agreed"),
        (PLEDGE_VERSION, "not the password", True, "password"),
        (PLEDGE_VERSION, "x" * 300, True, "password"),
    ):
        with pytest.raises(InputRefused) as refused:
            await desk.pledge(one, uuid4(), version, password, agreed=agreed)
        assert refused.value.field == field
    assert await bridge.service.rows("SELECT 1 FROM pledges WHERE staff_id = :s", s=one.id) == []
    await desk.pledge(one, uuid4(), PLEDGE_VERSION, PASSWORD, agreed=True)
    assert Lack.PLEDGE in (await bridge.member(other.name)).lacks

    await desk.paper(kaede, uuid4(), other.id, TODAY, "金庫の1段目")
    assert Lack.PLEDGE not in (await bridge.member(other.name)).lacks
    (row,) = await bridge.service.rows("SELECT * FROM pledges WHERE staff_id = :s", s=other.id)
    assert row.recorded_by == kaede.id and "金庫".encode() not in row.place
    assert (await desk.person(kaede, other.id)).pledges[0].place == "金庫の1段目"
    for whose, on, place, field in (
        (kaede.id, TODAY, "金庫", "signed_on"),
        (one.id, TODAY + ON, "金庫", "signed_on"),
        (one.id, None, "金庫", "signed_on"),
        (one.id, TODAY, " ", "place"),
    ):
        with pytest.raises(InputRefused) as refused:
            await desk.paper(kaede, uuid4(), whose, on, place)
        assert refused.value.field == field
    with pytest.raises(NotPermitted):
        await desk.paper(await bridge.member(one.name), uuid4(), other.id, TODAY, "金庫")


async def test_a_new_text_asks_everybody_again(
    bridge: Bridge, desk: RosterVerbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    (yuki,) = await bridge.people("ゆき")
    assert yuki.is_cleared
    for module in ("handoff.adapters.database.standing", "handoff.services.rosters.pledge_secrecy"):
        monkeypatch.setattr(f"{module}.PLEDGE_VERSION", PLEDGE_VERSION + 1)
    yuki = await bridge.member("ゆき")
    assert yuki.lacks == {Lack.PLEDGE}
    await desk.pledge(yuki, uuid4(), PLEDGE_VERSION + 1, PASSWORD, agreed=True)
    assert (await bridge.member("ゆき")).is_cleared
    rows = await bridge.service.rows("SELECT version FROM pledges WHERE staff_id = :s ORDER BY version", s=yuki.id)
    assert [row.version for row in rows] == [PLEDGE_VERSION, PLEDGE_VERSION + 1]
