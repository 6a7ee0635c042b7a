"""Who sees a file: readers of the session its copy, a supervisor the original on record, nobody what is quarantined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from handoff.adapters.files.rebuild import ImageRebuilder
from handoff.domain.errors import EvidenceBroken, InputRefused, NotFound, NotPermitted, TsunagiError
from handoff.domain.evidence import PIECE, Evidence, EvidenceState, Ground, Part, Purpose, QuarantineCause, Sensitive
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.evidence.finish import FinishEvidence
from handoff.services.evidence.open import Opened
from handoff.services.evidence_ports import Rebuilt
from tests.integration.conftest import Service
from tests.integration.desk_support import Bridge
from tests.integration.evidence_support import Files
from tests.support import hostile_files as hostile


@pytest.fixture
def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
def files(bridge: Bridge) -> Files:
    made = Files(bridge.service)
    made.media(consultation=made.service.setting.profile.media.report)
    return made


async def bytes_of(opened: Opened) -> bytes:
    return b"".join([piece async for piece in opened.pieces])


async def test_readers_open_the_copy_and_supervisors_the_original_with_a_reason(bridge: Bridge, files: Files) -> None:
    """Row 18: original sealed, opening audited."""
    yuki, minato = await bridge.person("ゆき"), await bridge.supervisor()
    session = await bridge.waiting()
    kept = await files.send(session, hostile.jpeg(), "image/jpeg", "ひみつ.jpg")
    opened = await files.open.shown(kept.id, yuki)
    data = await bytes_of(opened)
    assert opened.mime == "image/jpeg" and len(data) == opened.size and hostile.CANARY.encode() not in data
    assert opened.name == f"evidence-{kept.id.hex[:8]}.jpg"
    assert (await files.open.thumb(kept.id, yuki)).startswith(b"\xff\xd8")
    with pytest.raises(NotPermitted):
        await files.open.original(kept.id, yuki, Purpose.CHECK, "見たいので", uuid4())
    for reason in ("", "  ", "x" * 1001):
        with pytest.raises(InputRefused):
            await files.open.original(kept.id, minato, Purpose.CHECK, reason, uuid4())
    key = uuid4()
    for _ in range(2):
        opened = await files.open.original(kept.id, minato, Purpose.BOARD, "教育委員会から求められた", key)
    assert await bytes_of(opened) == hostile.jpeg()
    assert opened.mime == "application/octet-stream"
    facts = await files.read.one(kept.id, minato)
    assert [(one.staff_id, one.purpose, one.reason) for one in facts.openings] == [
        (minato.id, Purpose.BOARD, "教育委員会から求められた")
    ]
    assert (await files.read.one(kept.id, yuki)).openings == ()
    rows = await files.service.rows("SELECT actor, verb, detail FROM audit_events WHERE verb LIKE 'open%' ORDER BY 1")
    told = {(row.actor, row.verb, row.detail["evidence"]) for row in rows if "evidence" in row.detail}
    assert told == {(yuki.actor, "open_evidence", str(kept.id)), (minato.actor, "open_original", str(kept.id))}
    assert [row.verb for row in rows].count("open_original") == 2, "row 24: whatever was answered"


async def test_row_24_a_form_that_was_used_hands_out_no_other_original(bridge: Bridge, files: Files) -> None:
    """Or the key of one opening on record would take out every other file without a word."""
    minato, aoi = await bridge.supervisor(), await bridge.supervisor("あおい")
    first, second = [
        await files.send(await bridge.waiting(number), hostile.jpeg(), "image/jpeg", "a.jpg") for number in (1, 2)
    ]
    key = uuid4()

    async def take(evidence: Evidence, who: StaffMember, purpose: Purpose = Purpose.CHECK) -> Opened:
        return await files.open.original(evidence.id, who, purpose, "確かめるため", key)

    await take(first, minato)
    for other in (take(second, minato), take(first, aoi), take(first, minato, Purpose.POLICE)):
        with pytest.raises(InputRefused):
            await other
    bridge.clock.advance(minutes=1)
    with pytest.raises(InputRefused):
        await take(first, minato)
    assert (await files.audit()).count("open_original") == 1


async def test_who_may_not_read_the_session_sees_no_file(bridge: Bridge, files: Files) -> None:
    """Row 3: what one may not see looks like what isn't there."""
    yuki, sora = await bridge.people("ゆき", "そら")
    trainer = await bridge.person("まなぶ", StaffRole.TRAINER, here=False)
    session = (await bridge.live(yuki)).id
    kept = await files.send(session, hostile.png(), "image/png")
    for member in (sora, trainer):
        for attempt in (
            files.open.thumb(kept.id, member),
            files.open.shown(kept.id, member),
            files.read.one(kept.id, member),
            files.read(session, member),
            files.quarantine(kept.id, member),
            files.open.shown(uuid4(), member),
        ):
            with pytest.raises(NotFound) as refused:
                await attempt
            assert refused.value.code == "not_found"
    assert [one.id for one in await files.read(session, yuki)] == [kept.id]


async def is_unseen(files: Files, evidence_id: UUID, cause: QuarantineCause) -> None:
    """Nobody sees it, and a supervisor hands it to the police alone."""
    bridge = Bridge(files.service)
    name = f"s{uuid4().hex[:6]}"
    minato = await bridge.supervisor(name)
    evidence = await files.find(evidence_id)
    assert (evidence.state, evidence.quarantined) == (EvidenceState.QUARANTINED, cause)
    assert {part for part, _number in await files.rows(evidence_id)} == {"original"}
    for attempt in (files.open.thumb(evidence_id, minato), files.open.shown(evidence_id, minato)):
        with pytest.raises(NotFound):
            await attempt
    for purpose in (Purpose.BOARD, Purpose.CHECK):
        with pytest.raises(InputRefused):
            await files.open.original(evidence_id, minato, purpose, "学校に見せる", uuid4())
    assert await bytes_of(await files.open.original(evidence_id, minato, Purpose.POLICE, "○○署に渡す", uuid4()))
    assert (await files.audit())[-1] == "hand_out_evidence"


@pytest.mark.parametrize("said", [Sensitive.YES, Sensitive.UNSURE])
async def test_what_its_sender_calls_sexual_is_seen_by_nobody(files: Files, said: Sensitive) -> None:
    _token, session = await files.report()
    kept = await files.send(session, hostile.jpeg(), "image/jpeg", sensitive=said)
    await is_unseen(files, kept.id, QuarantineCause.SENDER)


async def test_no_decoder_touches_what_is_quarantined(files: Files) -> None:
    """Quarantined unseen: a picture that can't be opened isn't opened, so it isn't refused either."""
    _token, session = await files.report()
    kept = await files.send(session, hostile.pixel_bomb(), "image/png", sensitive=Sensitive.YES)
    assert kept.state is EvidenceState.QUARANTINED
    with pytest.raises(TsunagiError):
        await files.send(session, hostile.pixel_bomb(), "image/png", sensitive=Sensitive.NO)


async def test_files_of_a_session_with_sexual_harm_are_quarantined_before_and_after_it(files: Files) -> None:
    _token, session = await files.report()
    before = await files.send(session, hostile.jpeg(), "image/jpeg")
    await files.say(session, "なぐられた", "violence", "bullying")
    assert (await files.find(before.id)).state is EvidenceState.STORED
    await files.say(session, "はだかの写真を送れと言われた", "sexual_harm")
    after = await files.send(session, hostile.jpeg(), "image/jpeg")
    _other, elsewhere = await files.report()
    assert (await files.send(elsewhere, hostile.jpeg(), "image/jpeg")).state is EvidenceState.STORED
    for one in (before, after):
        await is_unseen(files, one.id, QuarantineCause.RISK)


async def test_words_that_nobody_can_open_may_say_anything(files: Files) -> None:
    _token, session = await files.report()
    await files.say(session, "なぐられた", "violence")
    await files.service.change("UPDATE line_events SET assessment = '\\x00'")
    assert (await files.send(session, hostile.jpeg(), "image/jpeg")).quarantined is QuarantineCause.RISK


async def test_whoever_sees_that_it_should_be_unseen_quarantines_it(bridge: Bridge, files: Files) -> None:
    yuki = await bridge.person("ゆき")
    session = await bridge.waiting()
    kept = await files.send(session, hostile.jpeg(), "image/jpeg")
    await files.quarantine(kept.id, yuki)
    await files.quarantine(kept.id, yuki)
    assert (await files.audit()).count("quarantine_evidence") == 1
    await is_unseen(files, kept.id, QuarantineCause.PERSON)


async def test_the_screen_may_find_it_while_the_picture_is_opened(files: Files) -> None:
    """Whichever comes first, the file or the words: afterwards nobody sees it."""
    _token, session = await files.report()
    data = hostile.noise(700, 700, 90)  # its copy is more than fits into a pipe, and stays there untaken
    begun = await files.begin(session, declared="image/jpeg", size=len(data))
    for place in range(0, len(data), PIECE):
        await files.add(begun.id, session, place, data[place : place + PIECE])

    class Meanwhile:
        """The moment between looking at the words and keeping the file."""

        @asynccontextmanager
        async def __call__(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[Rebuilt]:
            async with ImageRebuilder()(pieces) as made:
                await files.say(session, "さわられた", "sexual_harm")
                yield made

    finish = FinishEvidence(files.service.store, files.service.setting, Meanwhile())
    async with asyncio.timeout(20):
        kept = await finish(begun.id, session)
    assert kept.quarantined is QuarantineCause.RISK and kept.shown_bytes == 0
    assert {part for part, _number in await files.rows(kept.id)} == {str(Part.ORIGINAL)}


@pytest.mark.parametrize("ground", [Ground.PAGE, Ground.RISK])
async def test_a_copy_that_breaks_off_is_no_copy(files: Files, ground: Ground) -> None:
    """Its process was killed while the copy came: nothing of it stays. At risk the original is kept all the same."""
    _token, session = await files.report()
    begun = await files.begin(session, declared="image/jpeg", size=len(hostile.jpeg()))
    await files.add(begun.id, session, 0, hostile.jpeg())
    await files.service.change("UPDATE evidence SET ground = :ground", ground=ground)

    async def half() -> AsyncIterator[tuple[Part, int, bytes]]:
        yield Part.SHOWN, 0, b"x" * PIECE
        raise EvidenceBroken("the picture's process ended")

    @asynccontextmanager
    async def killed(pieces: AsyncIterator[bytes]) -> AsyncIterator[Rebuilt]:
        yield Rebuilt(2 * PIECE, 9, half())

    finish = FinishEvidence(files.service.store, files.service.setting, killed)
    if ground is Ground.RISK:
        kept = await finish(begun.id, session)
        assert (kept.state, kept.is_open, kept.shown_bytes) == (EvidenceState.STORED, False, 0)
        assert await files.rows(begun.id) == [("original", 0)]
    else:
        with pytest.raises(EvidenceBroken):
            await finish(begun.id, session)
        assert (await files.find(begun.id)).state is EvidenceState.REFUSED
        assert await files.rows(begun.id) == []
