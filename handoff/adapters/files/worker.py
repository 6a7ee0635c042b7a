"""The program that opens a stranger's picture: a process of its own, with little memory and time and nothing else.

Bytes come in by stdin; out goes one line of JSON, then the shown copy and the thumbnail. Before the first byte is read
the process has given up files, sockets, children and more than its share of memory: whatever a picture makes a decoder
do, it does it here. Run as a script of its own (``python -I worker.py [seconds]``); it imports nothing of ours.

Nothing but pixels gets across: no EXIF, XMP, IPTC, comment, colour profile, thumbnail or second picture. What EXIF says
about which way is up is done to the pixels.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings

# All that is needed is loaded now; afterwards no file can be opened any more.
from PIL import (
    GifImagePlugin,  # noqa: F401 - registers itself, as the next ones do
    Image,
    JpegImagePlugin,
    MpoImagePlugin,  # noqa: F401
    PngImagePlugin,
    TiffImagePlugin,  # noqa: F401 - reads EXIF
    WebPImagePlugin,  # noqa: F401
)

#: Bytes of address space: decoded pixels, their copy, and the program itself.
MEMORY = 256 * 1024 * 1024
CPU_SECONDS = 10
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "MPO")
#: More pixels than any phone's screenshot, and most cameras, make; a bomb says it has more.
MOST_PIXELS = 50_000_000
#: Pixels of the shown copy: enough to read small letters of a whole screen.
SHOWN_PIXELS = 12_000_000
THUMB_SIDE = 320
#: Bytes that a copy should have at most, and how it is written, until it has no more: quality, and colours at a half (2).
#: Photographs and screens are within the first; the second and third are for what no encoder makes small.
MOST_BYTES = 8_000_000
QUALITIES = ((90, 0), (80, 2), (60, 2))
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _load_all() -> None:
    """Let the library load what it loads at its first picture of each form; afterwards it can't any more."""
    Image.preinit()
    for form, mode in (("JPEG", "RGB"), ("PNG", "RGBA"), ("GIF", "P"), ("WEBP", "RGBA")):
        tiny = io.BytesIO()
        Image.new(mode, (8, 8)).save(tiny, form, **({} if form == "GIF" else {"exif": Image.Exif()}))
        rebuild(tiny.getvalue())


def give_up_everything(cpu_seconds: int = CPU_SECONDS) -> None:
    """Take from this process what decoding doesn't need."""
    _load_all()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    # stdin, stdout and stderr are open; no file and no socket can be, from here on.
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def _smaller(image: Image.Image) -> Image.Image:
    """The picture with as many pixels as are shown, before anything makes copies of it."""
    pixels = image.width * image.height
    if pixels <= SHOWN_PIXELS:
        return image
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    by = (SHOWN_PIXELS / pixels) ** 0.5
    return image.resize((max(1, int(image.width * by)), max(1, int(image.height * by))), Image.Resampling.BOX)


def _way_up(image: Image.Image) -> int | None:
    """What EXIF says about how the camera was held; None where it says nothing that can be read."""
    try:
        told = image.getexif().get(_ORIENTATION)
    except (SyntaxError, ValueError, TypeError, KeyError, OSError):
        return None
    return told if isinstance(told, int) else None


def _turned(image: Image.Image, way_up: int | None) -> Image.Image:
    turn = _TURNS.get(way_up or 1)
    return image if turn is None else image.transpose(turn)


def _plain(image: Image.Image) -> Image.Image:
    """Red, green and blue; what was transparent is white."""
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        seen = image.convert("RGBA")
        white = Image.new("RGB", seen.size, "white")
        white.paste(seen, mask=seen.getchannel("A"))
        return white
    return image.convert("RGB")


def _written(image: Image.Image) -> bytes:
    """A JPEG of these pixels and of nothing else."""
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    for quality, subsampling in QUALITIES:
        out = io.BytesIO()
        clean.save(out, "JPEG", quality=quality, subsampling=subsampling)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


def _opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    width, height = image.size
    if width * height > MOST_PIXELS or not width or not height:
        raise Image.DecompressionBombError("too many pixels")
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        # A JPEG can be decoded at a half or a quarter, which keeps large photographs within the memory.
        scale = 1
        while width * height / scale**2 > SHOWN_PIXELS and scale < 8:
            scale *= 2
        image.draft("RGB", (width // scale, height // scale))
    image.seek(0)
    image.load()
    return image


def rebuild(data: bytes) -> tuple[bytes, bytes]:
    """The shown copy and the thumbnail. Raises whatever the decoder raises."""
    image = _opened(data)
    way_up = _way_up(image)
    # Each step lets go of what came before it: a decoder holds some copies of its own.
    image = _smaller(image)
    image = _plain(image)
    image = _turned(image, way_up)
    shown = _written(image)
    image.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.BOX)
    return shown, _written(image)


def main() -> int:
    """Give 0 where a picture went out, 1 where it was refused."""
    give_up_everything(*map(int, sys.argv[1:2]))
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    PngImagePlugin.MAX_TEXT_MEMORY = 4 * 1024 * 1024
    try:
        shown, thumb = rebuild(sys.stdin.buffer.read())
        told: dict[str, str | int] = {"shown": len(shown), "thumb": len(thumb)}
        status = 0
    except BaseException as error:  # noqa: BLE001 - whatever a decoder does, it's one answer; its text may hold anything
        told, shown, thumb, status = {"refused": type(error).__name__}, b"", b"", 1
    for out in (json.dumps(told).encode() + b"\n", shown, thumb):
        sys.stdout.buffer.write(out)
    sys.stdout.buffer.flush()
    return status


if __name__ == "__main__":
    sys.exit(main())
