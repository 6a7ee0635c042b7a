"""Sounds: recorded words and calls come as pictures and films do (KAG-2), up to a limit of their own."""

from __future__ import annotations

import pytest

from handoff.domain.evidence import PIECE, SLICE, Part
from handoff.domain.profile.access import MediaLimits
from handoff.services.evidence.common import pieces
from tests.integration.test_evidence_web import Page, page  # noqa: F401 - the fixture
from tests.support import hostile_files as hostile

#: What a sender calls it, and what it is kept as. The last is what many phones record: a sound in a film's container.
SOUNDS = {
    "m4a": (hostile.M4A, "audio/x-m4a", "audio/mp4"),
    "mp3": (hostile.MP3, "audio/mpeg", "audio/mpeg"),
    "phone": (hostile.MP4, "audio/mp4", "audio/mp4"),
}


def sound(kind: str, size: int) -> bytes:
    """So many bytes that look like a sound."""
    return (SOUNDS[kind][0] + bytes(range(256)) * (size // 256 + 1))[:size]


async def kept(page: Page) -> list[tuple[str, str, str | None, bytes]]:  # noqa: F811
    """What is here: its state, kind, type and bytes."""
    found = []
    for row in await page.files.service.rows("SELECT id FROM evidence ORDER BY made_at, id"):
        one = await page.files.find(row.id)
        data = b"".join([piece async for piece in pieces(page.files.service.store, one, Part.ORIGINAL)])
        found.append((str(one.state), str(one.kind), one.mime, data))
    return found


@pytest.mark.parametrize("kind", sorted(SOUNDS))
async def test_a_sound_comes_in_slices_and_by_a_plain_form(page: Page, kind: str) -> None:  # noqa: F811
    _head, declared, mime = SOUNDS[kind]
    data = sound(kind, SLICE + PIECE + 77)
    asked = {"name": f"録音.{kind}", "type": declared, "size": len(data)}
    status, told = await page.ask("POST", "/begin", json=asked)
    assert (status, told["kind"]) == (201, "audio")
    for place in range(0, len(data), SLICE):
        sent = await page.ask("PUT", f"/{told['id']}?offset={place}", data=data[place : place + SLICE])
        assert sent[0] == 200
    status, told = await page.ask("POST", f"/{told['id']}/finish")
    assert (status, told["state"], told["kind"]) == (200, "stored", "audio")
    status, told = await page.form({"token": page.token}, [("file", f"録音.{kind}", declared, data)])
    assert (status, told["files"]) == (200, [{"name": f"録音.{kind}"}])
    assert await kept(page) == [("stored", "audio", mime, data)] * 2


async def test_a_sound_has_a_limit_of_its_own(page: Page) -> None:  # noqa: F811
    """The film's limit, which is larger, doesn't count for it, whether its sender tells its size or not."""
    page.files.media(limits=MediaLimits(audio_mb=1, video_mb=3, total_mb=5))
    data = sound("mp3", 1_000_001)
    status, told = await page.ask("POST", "/begin", json={"name": "a.mp3", "type": "audio/mpeg", "size": len(data)})
    assert (status, told["code"]) == (413, "evidence_too_large")
    # Told nothing, the first bytes say that it is a sound, and the rest is counted as one.
    status, told = await page.form({"token": page.token}, [("file", "a.mp3", "application/octet-stream", data)])
    assert (status, [one["code"] for one in told["files"]]) == (200, ["evidence_too_large"])
    assert set(await page.stored()) == {"refused"} and await page.pieces() == 0
    status, told = await page.form({"token": page.token}, [("file", "a.mp3", "audio/mpeg", data[:-1])])
    assert (status, told["files"]) == (200, [{"name": "a.mp3"}])
