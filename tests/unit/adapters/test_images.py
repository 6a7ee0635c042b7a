"""Pictures are made anew from their pixels, in a process that has nothing to lose (security rows 17 and 18)."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from handoff.adapters.files import rebuild
from handoff.adapters.files.rebuild import LARGEST, WORKER, ImageRebuilder
from handoff.adapters.files.worker import MEMORY, MOST_BYTES, THUMB_SIDE
from handoff.domain.errors import EvidenceBroken
from handoff.services.evidence_ports import Rebuilder
from tests.support import hostile_files as files

#: Markers of what stands in a JPEG beside its pixels.
BESIDE = (b"Exif", b"http://ns.adobe.com", b"xpacket", b"Photoshop", b"ICC_PROFILE", b"MPF\x00", b"THUMB")


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    for place in range(0, len(data), 100_000):
        yield data[place : place + 100_000]


@dataclass
class Made:
    """What was made of a picture."""

    shown: bytes = b""
    thumb: bytes = b""


async def rebuilt(data: bytes, by: Rebuilder | None = None) -> Made:
    made = Made()
    async with (by or ImageRebuilder())(pieces(data)) as copies:
        async for part, _number, piece in copies.copies:
            setattr(made, part, getattr(made, part) + piece)
    assert (len(made.shown), len(made.thumb)) == (copies.shown_bytes, copies.thumb_bytes)
    return made


def markers(jpeg: bytes) -> list[int]:
    """The segments of a JPEG up to its pixels."""
    found, place = [], 2
    while jpeg[place] == 0xFF and jpeg[place + 1] != 0xDA:
        found.append(jpeg[place + 1])
        place += 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
    return found


@pytest.mark.parametrize("name", sorted(files.PICTURES))
async def test_nothing_but_pixels_gets_across(name: str) -> None:
    made = await rebuilt(files.PICTURES[name])
    for copy in (made.shown, made.thumb):
        assert files.CANARY.encode() not in copy
        assert not [mark for mark in BESIDE if mark in copy]
        # JFIF's own header, tables, sizes: no application segment, no comment.
        assert set(markers(copy)) <= {0xE0, 0xDB, 0xC0, 0xC4}
        image = Image.open(io.BytesIO(copy))
        assert image.format == "JPEG" and image.mode == "RGB"
        assert not image.getexif() and not {"exif", "xmp", "comment", "icc_profile", "photoshop"} & set(image.info)
        assert getattr(image, "n_frames", 1) == 1
    assert max(Image.open(io.BytesIO(made.thumb)).size) <= THUMB_SIDE
    if name != "png_16":
        assert files.is_upright(Image.open(io.BytesIO(made.shown)))


def test_the_corpus_is_full_of_what_must_not_get_across() -> None:
    jpeg = files.jpeg()
    assert jpeg.count(files.CANARY.encode()) >= 5 and all(mark in jpeg for mark in BESIDE if mark != b"MPF\x00")
    assert Image.open(io.BytesIO(jpeg)).getexif().get_ifd(0x8825)[0x1B] == files.CANARY.encode()
    assert b"MPF\x00" in files.mpo()
    assert all(files.CANARY.encode() in files.PICTURES[name] for name in ("png", "webp", "gif", "mpo"))


@pytest.mark.parametrize("orientation", files.ORIENTATIONS)
async def test_a_picture_stands_as_it_was_taken(orientation: int) -> None:
    for data in (files.jpeg(orientation), files.webp(orientation)):
        assert files.is_upright(Image.open(io.BytesIO(data))) == (orientation == 1)
        made = await rebuilt(data)
        assert files.is_upright(Image.open(io.BytesIO(made.shown)))
        assert files.is_upright(Image.open(io.BytesIO(made.thumb)))


async def test_a_large_photograph_is_shown_smaller_and_a_screen_as_it_is() -> None:
    photo = files.encoded(Image.effect_noise((6000, 4000), 60).convert("RGB"), "JPEG", quality=70)
    width, height = Image.open(io.BytesIO((await rebuilt(photo)).shown)).size
    assert 2000 <= width < 6000 and abs(width / height - 1.5) < 0.01
    screen = files.encoded(files.picture((1170, 1100)), "PNG")
    assert Image.open(io.BytesIO((await rebuilt(screen)).shown)).size == (1170, 1100)


@pytest.mark.parametrize("name", sorted(name for name, one in files.REFUSED.items() if one[2] == 422))
async def test_a_bomb_or_a_broken_picture_is_refused_and_nothing_dies(name: str) -> None:
    with pytest.raises(EvidenceBroken):
        await rebuilt(files.REFUSED[name][0])
    assert (await rebuilt(files.jpeg())).shown  # the next one is opened as ever


async def test_no_bomb_takes_more_memory_than_it_may() -> None:
    for name, (data, _declared, status) in files.REFUSED.items():
        if status == 422:
            assert 0 < await asyncio.to_thread(peak, data) <= 256 * 1024, name
    for name in ("gif of many", "webp of many"):
        assert 0 < await asyncio.to_thread(peak, files.PICTURES[name]) <= 256 * 1024, name
    photo = files.encoded(Image.effect_noise((7000, 5000), 60).convert("RGB"), "JPEG", quality=60)
    assert 0 < await asyncio.to_thread(peak, photo) <= 256 * 1024


#: Runs the worker as it is, and says at its end how much memory and address space it had at most, in KiB.
MEASURED = f"""
import importlib.util, re, sys
status = open("/proc/self/status")
spec = importlib.util.spec_from_file_location("worker", {str(WORKER)!r})
worker = importlib.util.module_from_spec(spec); spec.loader.exec_module(worker)
worker.main()
status.seek(0)
peak = max(re.findall(r"Vm(?:HWM|Peak):\\s+(\\d+)", status.read()), key=int); status.close(); sys.stderr.write(peak)
"""


def peak(data: bytes) -> int:
    """KiB that the process had at most: of memory, or of address space, which is more."""
    told = subprocess.run([sys.executable, "-I", "-c", MEASURED], input=data, capture_output=True, check=True)
    return int(told.stderr)


async def test_a_picture_that_takes_too_long_is_given_up() -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield files.jpeg()
        await asyncio.sleep(30)

    with pytest.raises(EvidenceBroken):
        async with ImageRebuilder(0.5)(slow()):
            pass


@pytest.mark.parametrize("name", ["gif of many", "webp of many"])
async def test_of_a_moving_picture_only_the_first_is_opened(name: str) -> None:
    """Row 17: a moment's work, however many follow; each of the others would be seen in the copy."""
    assert getattr(Image.open(io.BytesIO(files.PICTURES[name])), "n_frames", 1) > 40
    made = await rebuilt(files.PICTURES[name], ImageRebuilder(cpu_seconds=2))
    assert files.is_upright(Image.open(io.BytesIO(made.shown)))


async def test_a_picture_that_takes_too_much_of_the_processor_ends_as_refused() -> None:
    """Row 17: its scans come again and again; the process is ended by its own limit, long before anybody's patience."""
    began = time.monotonic()
    with pytest.raises(EvidenceBroken, match="ended"):
        await rebuilt(files.many_passes(), ImageRebuilder(patience=60, cpu_seconds=1))
    assert time.monotonic() - began < 30
    told = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-I", str(WORKER), "1"], input=files.many_passes(), capture_output=True
    )
    assert told.returncode in (-signal.SIGKILL, -signal.SIGXCPU) and told.stdout == b""


async def test_a_picture_of_noise_has_no_larger_a_copy_than_others() -> None:
    """The profile's limit is for what comes; what is made of it is bounded by itself."""
    made = await rebuilt(files.noise(3000, 2000, 85))
    assert 4_000_000 < len(made.shown) <= LARGEST == MOST_BYTES
    assert Image.open(io.BytesIO(made.shown)).size == (3000, 2000)


@pytest.mark.parametrize(
    "told",
    [
        '{"shown": 600000, "thumb": 5}\n' + "x" * 300_000,  # it ends before it gave what it said
        '{"shown": 0, "thumb": 5}\nxxxxx',
        '{"shown": 9000000, "thumb": 5}\n',
        '{"shown": "many"}\n',
        "[]\n",
        "x" * 1_000_000,
    ],
)
async def test_what_the_process_says_is_not_believed(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decoder may have been taken over: what it gives is counted, and nothing of it is more than a refused picture."""
    liar = tmp_path / "liar.py"
    liar.write_text(f"import sys; sys.stdin.buffer.read(); sys.stdout.write({told!r})")
    monkeypatch.setattr(rebuild, "WORKER", liar)
    with pytest.raises(EvidenceBroken):
        await rebuilt(files.jpeg())


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/hostname')",
        "__import__('socket').socket()",
        "__import__('os').pipe()",
        "bytearray(400_000_000)",
        "open('/proc/self/environ')",
    ],
)
def test_the_process_has_given_up_files_sockets_and_memory(attempt: str) -> None:
    code = f"""
import importlib.util, socket, json
spec = importlib.util.spec_from_file_location("worker", {str(WORKER)!r})
worker = importlib.util.module_from_spec(spec); spec.loader.exec_module(worker)
worker.give_up_everything()
try:
    {attempt}
    print(json.dumps("done"))
except (OSError, MemoryError) as error:
    print(json.dumps(type(error).__name__))
"""
    told = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) in ("OSError", "MemoryError")
    assert MEMORY <= 256 * 1024 * 1024
