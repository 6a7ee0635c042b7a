"""The leak report (漏えい等報告, 個人情報保護法26条・68条): what is known, the two reports as they went out, and who reads what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted
from handoff.domain.leak import DataKind, LeakCause, LeakContent, LeakState, Told, VersionKind
from handoff.domain.staff import StaffRole
from tests.integration.conftest import Service
from tests.integration.desk_care_support import entries
from tests.integration.request_support import TODAY, Office, open_office

WHAT = "相談の写しを、ちがう学校に送りました"
LITTLE = LeakContent(noticed_by="業務責任者", what=WHAT)
FIRST = replace(LITTLE, kinds=frozenset({DataKind.WORDS, DataKind.SCHOOL}))
WHOLE = replace(
    FIRST,
    persons=1,
    cause=LeakCause.MISSENT,
    why="宛先を一つずらした",
    harm="回収した。ほかに渡っていない",
    told=Told.YES,
    measures="本人に電話で伝えた",
    announced=Told.NOT_NEEDED,
    public="本人がわかるおそれがあるため、しない",
    prevention="二人で宛先を読み合わせる",
)


@pytest.fixture
async def office(service: Service) -> Office:
    return await open_office(service)


async def noted(office: Office, on: date = TODAY) -> UUID:
    return await office.desk.note_leak(office.minato, uuid4(), on, LITTLE)


async def test_from_noticing_to_both_reports_each_kept_as_it_went_out(office: Office) -> None:
    desk, service, key = office.desk, office.service, uuid4()
    for _ in range(2):
        leak = await desk.note_leak(office.minato, key, TODAY, LITTLE)
    with pytest.raises(InputRefused, match="kinds"):
        await desk.send_leak(leak, office.minato, VersionKind.FIRST, 1, uuid4())
    for _ in range(2):
        await desk.save_leak(leak, office.minato, 1, TODAY, FIRST)
    first = uuid4()
    for _ in range(2):
        await desk.send_leak(leak, office.minato, VersionKind.FIRST, 2, first)
    with pytest.raises(InputRefused, match="why"):
        await desk.send_leak(leak, office.minato, VersionKind.FINAL, 2, uuid4())
    await desk.save_leak(leak, office.aoi, 2, TODAY, WHOLE)
    await desk.send_leak(leak, office.aoi, VersionKind.FINAL, 3, uuid4())
    await desk.save_leak(leak, office.aoi, 3, TODAY, replace(WHOLE, persons=2))
    await desk.send_leak(leak, office.aoi, VersionKind.FINAL, 4, uuid4())
    view = await desk.read_leaks.one(office.minato, leak)
    assert view.leak.state is LeakState.FINAL_SENT and view.leak.due_on is None
    assert [(one.number, one.kind, one.content.persons) for one in view.versions] == [
        (1, "first", None),
        (2, "final", 1),
        (3, "final", 2),
    ]
    assert view.versions[0].content == FIRST and view.versions[1].content == WHOLE
    assert [len(await entries(service, verb)) for verb in ("note_leak", "save_leak", "send_leak")] == [1, 3, 3]
    everything = await office.bridge.everything()
    for words in (WHAT, WHOLE.why, WHOLE.prevention):
        assert words.encode() not in everything


async def test_two_who_write_at_once_lose_nothing(office: Office) -> None:
    leak = await noted(office)
    await office.desk.save_leak(leak, office.minato, 1, TODAY, FIRST)
    with pytest.raises(InputRefused, match="seen"):
        await office.desk.save_leak(leak, office.aoi, 1, TODAY, WHOLE)
    with pytest.raises(InputRefused, match="seen"):
        await office.desk.send_leak(leak, office.aoi, VersionKind.FIRST, 1, uuid4())
    assert (await office.desk.read_leaks.one(office.aoi, leak)).leak.content == FIRST


async def test_the_board_reads_what_was_reported_and_no_draft(office: Office) -> None:
    desk, leak = office.desk, await noted(office)
    listed = await desk.read_leaks.listed(office.board)
    assert (listed.leaks, listed.sent) == ((), [])
    with pytest.raises(NotPermitted):
        await desk.read_leaks.one(office.board, leak)
    await desk.save_leak(leak, office.minato, 1, TODAY, FIRST)
    await desk.send_leak(leak, office.minato, VersionKind.FIRST, 2, uuid4())
    (version,) = (await desk.read_leaks.listed(office.board)).sent
    assert (await desk.read_leaks.version(office.board, version.id))[0].content.what == WHAT
    (entry,) = await entries(office.service, "open_leak_report")
    assert entry.actor == office.board.actor
    kaede = await office.bridge.person("かえで", StaffRole.ADMINISTRATOR, here=False)
    assert (await desk.read_leaks.one(kaede, leak)).writes is False
    for act in (
        lambda: desk.save_leak(leak, kaede, 2, TODAY, WHOLE),
        lambda: desk.note_leak(kaede, uuid4(), TODAY, LITTLE),
        lambda: desk.send_leak(leak, office.board, VersionKind.FINAL, 2, uuid4()),
        lambda: desk.skip_leak(leak, kaede, "小さいからです"),
    ):
        with pytest.raises(NotPermitted):
            await act()
    (yuki,) = await office.bridge.people("ゆき")
    with pytest.raises(NotPermitted):
        await desk.read_leaks.listed(yuki)
    with pytest.raises(NotPermitted):
        await desk.read_leaks.version(yuki, version.id)
    with pytest.raises(NotFound):
        await desk.read_leaks.version(office.board, uuid4())


async def test_days_are_counted_until_both_reports_are_made(office: Office) -> None:
    leak, profile = await noted(office), office.service.setting.profile.id
    with pytest.raises(InputRefused, match="noticed_on"):
        await noted(office, date(2026, 11, 21))
    async with office.service.store.reading() as tx:
        assert await tx.requests.late_count(profile, date(2026, 11, 24)) == 0
        assert await tx.requests.late_count(profile, date(2026, 11, 25)) == 1
    await office.desk.save_leak(leak, office.minato, 1, TODAY, replace(FIRST, wrongful=True))
    await office.desk.send_leak(leak, office.minato, VersionKind.FIRST, 2, uuid4())
    async with office.service.store.reading() as tx:
        assert await tx.requests.late_count(profile, date(2027, 1, 18)) == 0
        assert await tx.requests.late_count(profile, date(2027, 1, 19)) == 1
        assert await tx.requests.open_count(profile) == 1


async def test_one_that_needn_t_be_reported_says_why_and_opens_again_when_more_is_known(office: Office) -> None:
    leak = await noted(office)
    with pytest.raises(InputRefused, match="reason"):
        await office.desk.skip_leak(leak, office.minato, "何もわかりません")
    small = replace(LITTLE, kinds=frozenset({DataKind.STAFF}), persons=3, cause=LeakCause.LOST)
    await office.desk.save_leak(leak, office.minato, 1, TODAY, small)
    for _ in range(2):
        await office.desk.skip_leak(leak, office.minato, "職員の名札だけで、見つかりました")
    with pytest.raises(MoveRefused):
        await office.desk.skip_leak(leak, office.minato, "別の理由をつけます")
    with pytest.raises(MoveRefused):
        await office.desk.send_leak(leak, office.minato, VersionKind.FIRST, 3, uuid4())
    async with office.service.store.reading() as tx:
        assert await tx.requests.open_count(office.service.setting.profile.id) == 0
    await office.desk.save_leak(leak, office.minato, 3, TODAY, replace(small, persons=500))
    assert (await office.desk.read_leaks.one(office.minato, leak)).leak.state is LeakState.NOTED


async def test_one_that_can_t_be_read_any_more_is_still_there_with_its_days(office: Office) -> None:
    leak = await noted(office)
    await office.service.change("UPDATE leaks SET content = '\\x00'")
    (found,) = (await office.desk.read_leaks.listed(office.minato)).leaks
    assert found.id == leak and found.first_due[1] == date(2026, 11, 24) and "開けません" in found.content.what
