"""Pictures, films and sounds on LINE: fetched where they are taken, never twice, and gone when they are taken back."""

from __future__ import annotations

from uuid import UUID

import pytest

from handoff.domain.errors import NotFound, NotPermitted, SessionTaken
from handoff.domain.evidence import PIECE, EvidenceState, Fetch, Ground, QuarantineCause, Refusal
from handoff.domain.profile.access import FlowMedia, MediaLimits
from handoff.domain.profile.vocabulary import MediaRule
from handoff.domain.report import Answers
from handoff.domain.texts import TextKey
from handoff.services.desk.open_picture_window import ClosePictureWindow, OpenPictureWindow
from handoff.services.report.visits import begin_visit
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_HIGH, Bridge
from tests.integration.evidence_line_support import Line
from tests.integration.evidence_support import ALL, NONE, film
from tests.support import hostile_files as hostile

PHOTO = FlowMedia(image=MediaRule.ACCEPT)
LARGE = hostile.encoded(hostile.picture(), "PNG") + bytes(1_100_000)


@pytest.fixture
def line(service: Service) -> Line:
    return Line(Bridge(service))


async def test_where_the_profile_takes_none_nothing_is_fetched_and_the_bot_says_so(line: Line) -> None:
    """HOK-5.1: refused unseen; what the student hears in the bot's time is the bot's to say."""
    evidence = await line.post(data=hostile.jpeg())
    assert evidence is not None
    assert (evidence.state, evidence.reason) == (EvidenceState.REFUSED, Refusal.NOT_ACCEPTED)
    await line.fetched(evidence)
    assert line.service.content.asked == []
    assert [words for *_ids, words in line.service.bot.heard] == ["［画像］"]


async def test_in_a_live_talk_the_service_says_so_itself_and_not_at_each_picture(line: Line) -> None:
    yuki = await line.bridge.person("ゆき")
    await line.bridge.live(yuki)
    for number in range(3):
        await line.post(message_id=f"p{number}", data=hostile.jpeg())
        await line.bridge.deliver()
    assert line.said == [line.text(TextKey.MEDIA_REFUSED)]
    line.bridge.clock.advance(minutes=4)
    await line.post(kind="audio", message_id="a1", data=hostile.M4A)
    await line.bridge.deliver()
    assert line.said[1:] == [line.text(TextKey.AUDIO_REFUSED)]
    assert line.service.bot.heard == [] and line.service.content.asked == []


@pytest.mark.parametrize("topic", ["net_trouble", "friends"])
async def test_a_saved_screen_is_taken_in_net_trouble_alone(line: Line, topic: str) -> None:
    """HYO-I-1(2): 保存した画面, in the demo's profile as well."""
    session = await line.bridge.waiting()
    async with line.service.store.transaction() as tx:
        await tx.sessions.set_intake(session, {"topic": topic})
    evidence = await line.post(data=hostile.jpeg())
    assert evidence is not None
    if topic == "friends":
        assert evidence.state is EvidenceState.REFUSED
        return
    assert (evidence.state, evidence.ground) == (EvidenceState.WAITING, Ground.FLOW)
    await line.service.work()
    kept = await line.find(evidence.id)
    assert (kept.state, kept.shows_thumb, kept.source) == (EvidenceState.STORED, True, None)
    (shown,) = [one for one in await line.bridge.lines(session) if one.line.id == evidence.event_id]
    assert shown.evidence == kept


@pytest.mark.parametrize(
    ("data", "mime"),
    [(hostile.M4A, "audio/mp4"), (hostile.MP3, "audio/mpeg"), (film(PIECE + 99), "audio/mp4")],
    ids=["iphone", "mp3", "android"],
)
async def test_a_sound_is_kept_as_a_sound(line: Line, data: bytes, mime: str) -> None:
    """Also one in the container of films, where the profile takes sounds and no films: LINE says what it came as."""
    line.media(consultation=FlowMedia(audio=MediaRule.ACCEPT))
    await line.bridge.waiting()
    kept = await line.fetched(await line.post(kind="audio", data=data))
    assert (kept.state, kept.kind, kept.mime, kept.bytes) == (EvidenceState.STORED, "audio", mime, len(data))
    assert kept.is_open and not kept.shows_thumb
    film_sent = await line.post(kind="video", message_id="v1", data=data)
    assert film_sent is not None and film_sent.reason is Refusal.NOT_ACCEPTED


async def test_a_report_on_line_takes_what_reports_take(line: Line) -> None:
    """KAG-2 on LINE: the session has a row in reports."""
    session = await line.bridge.waiting()
    async with line.service.store.transaction() as tx:
        _token, report = await begin_visit(tx, line.service.setting, None, Answers(), None)
    await line.service.change(
        "UPDATE reports SET session_id = s.id, contact_id = s.contact_id FROM sessions s WHERE s.id = :s AND reports.id = :r",
        s=session,
        r=report.id,
    )
    kept = await line.fetched(await line.post(kind="video", data=film(PIECE + 99)))
    assert (kept.state, kept.mime, kept.bytes) == (EvidenceState.STORED, "video/mp4", PIECE + 99)


async def test_at_risk_nothing_is_refused_and_it_is_opened_by_hand(line: Line) -> None:
    yuki = await line.bridge.person("ゆき")
    await line.bridge.waiting(1, AT_HIGH)
    kept = await line.fetched(await line.post(data=hostile.jpeg()))
    assert (kept.state, kept.ground, kept.shows_thumb, kept.is_open) == (
        EvidenceState.STORED, Ground.RISK, False, True,
    )  # fmt: skip
    with pytest.raises(NotFound):
        await line.open.thumb(kept.id, yuki)
    assert (await line.open.shown(kept.id, yuki)).size == kept.shown_bytes
    for number, data in enumerate((hostile.HEIC, hostile.pixel_bomb(), hostile.gifar(), hostile.SVG)):
        odd = await line.fetched(await line.post(message_id=f"odd{number}", data=data))
        assert (odd.state, odd.is_open, odd.bytes) == (EvidenceState.STORED, False, len(data))


async def test_a_counsellor_opens_a_window_for_one_picture(line: Line) -> None:
    line.media(report=NONE, window=True)
    store, setting = line.service.store, line.service.setting
    ask, close = OpenPictureWindow(store, setting), ClosePictureWindow(store, setting)
    yuki, sora = await line.bridge.people("ゆき", "そら")
    session = (await line.bridge.live(yuki)).id
    with pytest.raises(SessionTaken):
        await ask(session, sora)
    await ask(session, yuki)
    await ask(session, yuki)  # a second press is the same one
    await line.bridge.deliver()
    assert line.said == [line.text(TextKey.PICTURE_WINDOW)]
    film_sent = await line.post(kind="video", message_id="v1", data=film(5000))
    first = await line.post(message_id="p1", data=hostile.jpeg())
    second = await line.post(message_id="p2", data=hostile.jpeg())
    assert film_sent and first and second
    assert [film_sent.reason, first.ground, second.reason] == [
        Refusal.NOT_ACCEPTED, Ground.WINDOW, Refusal.NOT_ACCEPTED,
    ]  # fmt: skip
    assert (await line.fetched(first)).shows_thumb
    await ask(session, yuki)
    line.bridge.clock.advance(minutes=16)
    late = await line.post(message_id="p3", data=hostile.jpeg())
    assert late is not None and late.reason is Refusal.NOT_ACCEPTED
    await ask(session, yuki)
    await close(session, yuki)
    shut = await line.post(message_id="p4", data=hostile.jpeg())
    assert shut is not None and shut.reason is Refusal.NOT_ACCEPTED
    line.media(report=NONE, window=False)
    with pytest.raises(NotPermitted):
        await ask(session, yuki)


async def test_line_is_asked_again_while_it_prepares_and_a_break_begins_anew(line: Line) -> None:
    """202 is polled with growing pauses; what came of a file that broke off is stored by nobody twice."""
    line.media(consultation=ALL)
    line.service.content.outcomes = [Fetch.PREPARING, Fetch.UNREACHABLE, Fetch.PREPARING]
    data = film(3 * PIECE + 7)
    line.service.content.breaks = 2 * PIECE + 1000
    evidence = await line.post(kind="video", data=data)
    assert evidence is not None
    dues = []
    for _ in range(4):
        waiting = await line.fetched(evidence)
        assert waiting.state is EvidenceState.WAITING and waiting.due_at is not None
        dues.append((waiting.due_at - line.bridge.clock.real()).total_seconds())
    assert dues == [1, 2, 4, 8]
    assert await line.rows(evidence.id) == []  # the fourth had come half-way
    kept = await line.fetched(evidence)
    assert (kept.state, kept.bytes) == (EvidenceState.STORED, len(data))
    assert len(await line.rows(evidence.id)) == 4
    await line.fetched(evidence)
    assert len(line.service.content.asked) == 5


async def test_a_worker_that_was_killed_in_the_middle_leaves_nothing_twice(line: Line) -> None:
    line.media(consultation=ALL)
    evidence = await line.post(kind="video", data=film(2 * PIECE))
    assert evidence is not None
    # What kill -9 leaves behind: an attempt that was counted, and a piece.
    await line.add(evidence.id, None, 0, film(PIECE))
    await line.service.change("UPDATE evidence SET attempts = 1, real_due_at = now() + interval '2 minutes'")
    await line.service.lose_wake_ups()
    assert await line.tend() == 0
    await line.service.change("UPDATE evidence SET real_due_at = now() - interval '1 hour'")
    assert await line.tend() == 1
    await line.service.work()
    kept = await line.find(evidence.id)
    assert (kept.state, kept.bytes, kept.attempts) == (EvidenceState.STORED, 2 * PIECE, 2)
    assert await line.rows(evidence.id) == [("original", 0), ("original", 1)]


async def test_two_workers_at_once_fetch_a_file_once(line: Line) -> None:
    line.media(consultation=ALL)
    evidence = await line.post(data=hostile.jpeg())
    assert evidence is not None
    async with line.service.store.evidence_lock(evidence.id):
        await line.service.fetch(evidence.id)
    assert line.service.content.asked == []


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (Fetch.GONE, EvidenceState.GONE, Refusal.UNSENT),
        (Fetch.MISSING, EvidenceState.FAILED, Refusal.MISSING),
        (Fetch.UNREACHABLE, EvidenceState.FAILED, Refusal.UNREACHABLE),
    ],
)
async def test_what_line_does_not_give_is_shown_as_that(
    line: Line, outcome: Fetch, state: EvidenceState, reason: Refusal
) -> None:
    line.media(consultation=ALL)
    line.service.content.outcomes = [outcome] * 30
    lost = await line.fetched(await line.post(data=hostile.jpeg()), times=14)
    assert (lost.state, lost.reason, lost.source) == (state, reason, None)
    assert len(line.service.content.asked) <= 12


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        ("image", hostile.SVG, Refusal.TYPE),
        ("image", hostile.cut(), Refusal.BROKEN),
        ("image", LARGE, Refusal.TOO_LARGE),
        ("audio", hostile.MP3 + bytes(1_000_000), Refusal.TOO_LARGE),
    ],
)
async def test_a_file_that_cannot_be_opened_is_deleted_and_the_student_hears_it(
    line: Line, kind: str, data: bytes, reason: Refusal
) -> None:
    line.media(consultation=ALL, limits=MediaLimits(image_mb=1, audio_mb=1))
    await line.bridge.waiting()
    evidence = await line.post(kind=kind, data=data)
    lost = await line.fetched(evidence)
    assert (lost.state, lost.reason) == (EvidenceState.REFUSED, reason)
    assert await line.rows(lost.id) == []
    await line.bridge.deliver()
    assert line.said[-1] == line.text(TextKey.MEDIA_UNREADABLE)


async def test_what_lies_with_another_provider_is_not_fetched(line: Line) -> None:
    line.media(consultation=ALL)
    evidence = await line.post(contentProvider={"type": "external", "originalContentUrl": "https://example.com/x.jpg"})
    assert evidence is not None and evidence.reason is Refusal.EXTERNAL
    await line.bridge.deliver()
    assert line.service.content.asked == [] and line.said == [line.text(TextKey.MEDIA_REFUSED)]


async def test_one_student_cannot_fill_the_house(line: Line) -> None:
    line.media(consultation=PHOTO, limits=MediaLimits(files_per_report=2))
    for number in range(4):
        await line.post(message_id=f"p{number}", data=hostile.jpeg())
    states = [row.state for row in await line.service.rows("SELECT state FROM evidence ORDER BY made_at, state DESC")]
    assert sorted(states) == ["refused", "refused", "waiting", "waiting"]


async def test_what_is_taken_back_goes_with_its_message(line: Line) -> None:
    """EXT-2; at high or critical it is hidden, sealed, until a supervisor decides."""
    line.media(consultation=ALL)
    minato = await line.bridge.supervisor()
    kept = await line.fetched(await line.post(data=hostile.jpeg()))
    await line.take_back("p1")
    gone = await line.find(kept.id)
    assert (gone.state, gone.reason, gone.bytes, gone.digest) == (EvidenceState.DROPPED, Refusal.UNSENT, 0, None)
    assert await line.rows(kept.id) == []
    waiting = await line.post(message_id="p2", data=hostile.jpeg())
    await line.take_back("p2")
    assert (await line.fetched(waiting)).state is EvidenceState.DROPPED and "p2" not in line.service.content.asked
    await line.bridge.receive(AT_HIGH, 1)
    await line.bridge.drain()
    kept = await line.fetched(await line.post(message_id="p3", data=hostile.jpeg()))
    await line.take_back("p3")
    hidden = await line.find(kept.id)
    assert (hidden.state, hidden.hidden, hidden.is_open, hidden.has_original) == (
        EvidenceState.STORED, True, False, True,
    )  # fmt: skip
    assert await line.rows(kept.id) != []
    with pytest.raises(NotFound):
        await line.open.shown(kept.id, minato)


async def test_a_picture_that_is_taken_back_while_it_comes_is_not_kept(line: Line) -> None:
    line.media(consultation=ALL)
    evidence = await line.post(kind="video", data=film(3 * PIECE))
    assert evidence is not None
    line.service.content.midway = lambda: line.take_back("p1")
    await line.service.fetch(evidence.id)
    assert (await line.find(evidence.id)).state is EvidenceState.DROPPED
    assert await line.rows(evidence.id) == [] and line.service.content.asked == ["p1"]


async def test_line_s_picture_of_a_session_with_sexual_harm_is_unseen(line: Line) -> None:
    line.media(consultation=ALL)
    session: UUID = await line.bridge.waiting()
    await line.say(session, "さわられた", "sexual_harm")
    await line.bridge.drain()
    kept = await line.fetched(await line.post(data=hostile.jpeg()))
    assert (kept.state, kept.quarantined) == (EvidenceState.QUARANTINED, QuarantineCause.RISK)
