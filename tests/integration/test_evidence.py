"""Files on a real database: sealed piece by piece, gone on with, refused whole, seen by few (KAG-2; rows 4, 16–18, 21)."""

from __future__ import annotations

import asyncio
import hashlib
from uuid import UUID, uuid4

import pytest

from handoff.domain.errors import (
    EvidenceBroken,
    EvidenceNotAccepted,
    EvidenceOutOfPlace,
    EvidenceRefused,
    EvidenceTooLarge,
    NotFound,
)
from handoff.domain.evidence import PIECE, EvidenceState, Part, Refusal
from handoff.domain.file_types import JPEG
from handoff.domain.profile.access import FlowMedia, MediaLimits
from handoff.domain.profile.vocabulary import MediaRule
from handoff.services.evidence.common import pieces
from kernel.sealing import SealBroken
from tests.integration.conftest import Service
from tests.integration.evidence_support import NONE, Files, film
from tests.support import hostile_files as hostile
from tests.support.fakes import FrozenClock


@pytest.fixture
def files(service: Service, clock: FrozenClock) -> Files:
    made = Files(service)
    made.media()
    return made


async def whole(files: Files, evidence_id: UUID, part: Part) -> bytes:
    evidence = await files.find(evidence_id)
    return b"".join([piece async for piece in pieces(files.service.store, evidence, part)])


async def test_a_picture_is_kept_sealed_with_a_copy_that_tells_nothing(files: Files) -> None:
    _token, session = await files.report()
    kept = await files.send(session, hostile.jpeg(), "image/jpeg", f"{hostile.CANARY}.jpg")
    assert (kept.state, kept.mime, kept.quarantined) == (EvidenceState.STORED, JPEG.mime, None)
    assert kept.digest == hashlib.sha256(hostile.jpeg()).hexdigest()
    assert await whole(files, kept.id, Part.ORIGINAL) == hostile.jpeg()
    for part in (Part.SHOWN, Part.THUMB):
        assert hostile.CANARY.encode() not in await whole(files, kept.id, part)
    # Row 21: neither what it shows nor its name lies open anywhere.
    for table in ("evidence", "evidence_pieces", "audit_events", "desk_events"):
        for row in await files.service.rows(f"SELECT t.*::text AS told FROM {table} t"):
            assert hostile.CANARY not in str(tuple(row)) and b"JFIF" not in str(tuple(row)).encode()
    (piece,) = await files.service.rows("SELECT body FROM evidence_pieces WHERE part = 'original'")
    assert b"JFIF" not in piece.body and hostile.CANARY.encode() not in piece.body
    assert (await files.audit())[-2:] == ["begin_evidence", "store_evidence"]
    assert (await files.finish(kept.id, session)).stored_at == kept.stored_at  # asked again, nothing changes


async def test_a_film_comes_in_pieces_of_a_quarter_mebibyte(files: Files) -> None:
    _token, session = await files.report()
    data = film(3 * PIECE + 12_345)
    kept = await files.send(session, data, "video/mp4")
    assert kept.bytes == len(data) and kept.shown_bytes == 0
    assert await files.rows(kept.id) == [("original", number) for number in range(4)]
    assert await whole(files, kept.id, Part.ORIGINAL) == data
    # Row 21: a piece opens in its own place alone, and one that is missing is noticed.
    await files.service.change("UPDATE evidence_pieces SET number = number + 10 WHERE number = 1")
    await files.service.change("UPDATE evidence_pieces SET number = 1 WHERE number = 2")
    with pytest.raises(SealBroken):
        await whole(files, kept.id, Part.ORIGINAL)
    await files.service.change("DELETE FROM evidence_pieces WHERE number = 1")
    with pytest.raises(EvidenceBroken):
        await whole(files, kept.id, Part.ORIGINAL)


async def test_an_upload_goes_on_where_it_stopped(files: Files) -> None:
    _token, session = await files.report()
    data = film(2 * PIECE + 5)
    begun = await files.begin(session, declared="video/mp4", size=len(data))
    assert await files.add(begun.id, session, 0, data[:PIECE]) == PIECE
    for offset in (0, 5, 2 * PIECE):
        with pytest.raises(EvidenceOutOfPlace) as refused:
            await files.add(begun.id, session, offset, data[offset : offset + PIECE])
        assert refused.value.expected == PIECE
    with pytest.raises(EvidenceOutOfPlace):  # a piece may be short at the end alone
        await files.add(begun.id, session, PIECE, data[PIECE : PIECE + 9])
    with pytest.raises(EvidenceOutOfPlace):  # it isn't here in full
        await files.finish(begun.id, session)
    await files.add(begun.id, session, PIECE, data[PIECE : 2 * PIECE])
    await files.add(begun.id, session, 2 * PIECE, data[2 * PIECE :])
    assert (await files.finish(begun.id, session)).state is EvidenceState.STORED
    assert await whole(files, begun.id, Part.ORIGINAL) == data


async def test_two_requests_with_the_same_piece_store_it_once(files: Files) -> None:
    _token, session = await files.report()
    begun = await files.begin(session, declared="video/mp4", size=2 * PIECE)
    same = [files.add(begun.id, session, 0, film(PIECE)) for _ in range(6)]
    told = await asyncio.gather(*same, return_exceptions=True)
    assert [one for one in told if not isinstance(one, EvidenceOutOfPlace)] == [PIECE]
    assert await files.rows(begun.id) == [("original", 0)]


async def test_what_could_do_harm_is_refused_and_nothing_of_it_stays(files: Files) -> None:
    """Rows 16 and 17, each file of the corpus; what it belongs to stays, and takes the next file."""
    for name, (data, declared, status) in hostile.REFUSED.items():
        _token, session = await files.report()
        with pytest.raises(EvidenceRefused) as refused:
            await files.send(session, data, declared)
        assert (name, refused.value.status) == (name, status)
        assert await files.service.rows("SELECT 1 FROM evidence_pieces") == [], name
        for one in await files.read.own(session):
            assert (one.state, one.bytes) == (EvidenceState.REFUSED, 0)
    assert (await files.send(session, hostile.png(), "image/png")).state is EvidenceState.STORED


async def test_an_empty_file_is_refused(files: Files) -> None:
    _token, session = await files.report()
    begun = await files.begin(session, declared="image/png")
    with pytest.raises(EvidenceBroken):
        await files.finish(begun.id, session)


async def test_what_is_larger_than_the_profile_allows_is_deleted(files: Files) -> None:
    files.media(limits=MediaLimits(image_mb=1, video_mb=1, total_mb=2))
    _token, session = await files.report()
    with pytest.raises(EvidenceTooLarge):  # it says so itself
        await files.begin(session, declared="video/mp4", size=1_000_001)
    begun = await files.begin(session, declared="video/mp4")
    data = film(5 * PIECE)
    with pytest.raises(EvidenceTooLarge):  # it is counted
        for place in range(0, len(data), PIECE):
            await files.add(begun.id, session, place, data[place : place + PIECE])
    assert await files.rows(begun.id) == []
    assert (await files.find(begun.id)).reason is Refusal.TOO_LARGE
    liar = await files.begin(session, declared="video/mp4", size=PIECE + 10)
    await files.add(liar.id, session, 0, film(PIECE))
    with pytest.raises(EvidenceTooLarge):  # more than it said
        await files.add(liar.id, session, PIECE, film(PIECE))


async def test_files_together_have_a_limit_too(files: Files) -> None:
    files.media(limits=MediaLimits(files_per_report=3, total_mb=1, video_mb=1))
    _token, session = await files.report()
    await files.begin(session, declared="video/mp4", size=600_000)
    with pytest.raises(EvidenceTooLarge):  # the first one has said how much room it takes
        await files.begin(session, declared="video/mp4", size=600_000)
    begun = [files.begin(session, declared="video/mp4", size=1000) for _ in range(5)]
    told = await asyncio.gather(*begun, return_exceptions=True)
    assert sum(isinstance(one, EvidenceTooLarge) for one in told) == 3
    assert (await files.report())[1] != session and await files.begin((await files.report())[1], size=10)


async def test_only_what_the_profile_takes_in_reports_is_taken(files: Files) -> None:
    files.media(report=FlowMedia(image=MediaRule.ACCEPT))
    _token, session = await files.report()
    with pytest.raises(EvidenceNotAccepted):
        await files.begin(session, declared="video/mp4", size=10)
    begun = await files.begin(session, size=4136)  # its sender leaves it open: the bytes tell
    with pytest.raises(EvidenceNotAccepted):
        await files.add(begun.id, session, 0, hostile.MP4)
    files.media(report=NONE)
    with pytest.raises(EvidenceNotAccepted):
        await files.begin(session, declared="image/png", size=10)


async def test_nobody_touches_a_file_of_another_report(files: Files) -> None:
    """Row 4: A's file looks to B as if it weren't there, and isn't changed."""
    _a, mine = await files.report()
    _b, theirs = await files.report()
    begun = await files.begin(mine, declared="video/mp4", size=2 * PIECE)
    await files.add(begun.id, mine, 0, film(PIECE))
    for attempt in (
        files.add(begun.id, theirs, PIECE, film(PIECE)),
        files.finish(begun.id, theirs),
        files.drop(begun.id, theirs),
        files.read.own_one(begun.id, theirs),
        files.drop(uuid4(), theirs),
        files.begin(uuid4(), declared="image/png"),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await files.rows(begun.id) == [("original", 0)]
    assert await files.read.own(theirs) == []


async def test_an_upload_that_nobody_finishes_is_gone_after_a_day(files: Files, clock: FrozenClock) -> None:
    _token, session = await files.report()
    begun = await files.begin(session, declared="video/mp4", size=2 * PIECE)
    await files.add(begun.id, session, 0, film(PIECE))
    kept = await files.send(session, hostile.png(), "image/png")
    clock.advance(hours=23, minutes=59)
    assert await files.tend() == 0
    clock.advance(minutes=2)
    assert await files.tend() == 1
    assert [one.id for one in await files.read.own(session)] == [kept.id]
    assert await files.rows(begun.id) == []


async def test_a_sender_may_drop_what_isn_t_here_in_full(files: Files) -> None:
    _token, session = await files.report()
    begun = await files.begin(session, declared="video/mp4", size=2 * PIECE)
    await files.add(begun.id, session, 0, film(PIECE))
    await files.drop(begun.id, session)
    assert await files.service.rows("SELECT 1 FROM evidence") == []
    kept = await files.send(session, hostile.png(), "image/png")
    await files.drop(kept.id, session)
    assert (await files.find(kept.id)).state is EvidenceState.STORED
