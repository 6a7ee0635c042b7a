"""Files that strangers might send, made here: pictures full of metadata, bombs, two files in one, and liars.

Nothing of it comes from anywhere else, and nothing of it can do harm.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Final

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

#: Words that stand in metadata alone; in what is served there is none of them.
CANARY: Final = "CANARY-takeshi-iphone"
#: What a script in a file would say.
SCRIPT: Final = f"<script>document.title='{CANARY}'</script>"
XMP: Final = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description creator="'
    + CANARY
    + '"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
).encode()
#: The corner that is red in the picture as it should be seen: top left.
SIZE: Final = (240, 120)
ORIENTATIONS: Final = range(1, 9)
_UNDO: Final = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def picture(size: tuple[int, int] = SIZE) -> Image.Image:
    """A picture of which one sees which way is up: red at the top left, blue at the bottom right."""
    made = Image.new("RGB", size, (230, 230, 210))
    draw = ImageDraw.Draw(made)
    width, height = size
    draw.rectangle((0, 0, width // 3, height // 3), fill=(220, 20, 20))
    draw.rectangle((width * 2 // 3, height * 2 // 3, width, height), fill=(20, 20, 220))
    return made


def is_upright(image: Image.Image) -> bool:
    """Whether it looks as ``picture`` does."""
    seen = image.convert("RGB")
    red, blue = seen.getpixel((5, 5)), seen.getpixel((seen.width - 6, seen.height - 6))
    assert isinstance(red, tuple) and isinstance(blue, tuple)
    return seen.width > seen.height and red[0] > 150 > red[2] and blue[2] > 150 > blue[0]


def _exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = CANARY  # maker
    exif[0x9286] = CANARY  # the user's comment
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (31.0, 35.0, 1.5), 3: "E", 4: (130.0, 33.0, 2.5), 0x1B: CANARY}  # GPS: where it was taken
    )
    return exif


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(orientation: int = 1) -> bytes:
    """A JPEG with EXIF and GPS, a thumbnail, XMP, IPTC, a comment and a colour profile; turned as EXIF tells."""
    undo = _UNDO[orientation]
    image = picture() if undo is None else picture().transpose(undo)
    thumb = encoded(picture((48, 24)), "JPEG", comment=CANARY.encode())
    exif = _exif(orientation)
    ifd1 = exif.get_ifd(1)
    ifd1.update({0x0103: 6, 0x0201: 0, 0x0202: len(thumb)})
    plain = encoded(image, "JPEG", exif=exif, icc_profile=b"fake profile " + CANARY.encode(), comment=CANARY.encode())
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(CANARY) + 5)
    iptc += b"\x1c\x02\x78" + struct.pack(">H", len(CANARY)) + CANARY.encode()
    extra = _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + XMP) + _segment(0xED, iptc)
    extra += _segment(0xE2, b"THUMB\x00" + thumb)
    return plain[:2] + extra + plain[2:]


def png() -> bytes:
    """A PNG with text chunks, XMP and EXIF; half transparent."""
    info = PngInfo()
    info.add_text("Comment", CANARY)
    info.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    return encoded(picture().convert("RGBA"), "PNG", pnginfo=info, exif=_exif())


def png_16() -> bytes:
    """A PNG of sixteen bits."""
    return encoded(picture().convert("L").convert("I").point(lambda value: value * 256).convert("I;16"), "PNG")


def webp(orientation: int = 1) -> bytes:
    undo = _UNDO[orientation]
    image = picture() if undo is None else picture().transpose(undo)
    return encoded(image, "WEBP", exif=_exif(orientation), xmp=XMP, quality=90)


def gif() -> bytes:
    """A moving GIF with a comment; its second picture is another one."""
    return encoded(
        picture().convert("P"), "GIF", save_all=True, append_images=[Image.new("P", SIZE, 7)], comment=CANARY.encode()
    )


def mpo() -> bytes:
    """Two JPEGs in one file, as some phones make them."""
    return encoded(picture(), "MPO", save_all=True, append_images=[picture()], exif=_exif(), comment=CANARY.encode())


def gif_of_many(frames: int = 5_000) -> bytes:
    """A moving GIF that never ends; all but its first picture are others."""
    plain, other = (encoded(one, "GIF") for one in (picture().convert("P"), Image.new("P", SIZE, 7)))
    return plain[:-1] + other[other.index(b"\x2c\x00\x00\x00\x00") : -1] * frames + plain[-1:]


def webp_of_many(frames: int = 40) -> bytes:
    """A moving WebP; all but its first picture are others."""
    more = [Image.new("RGB", SIZE, (number, 0, 0)) for number in range(frames)]
    return encoded(
        picture(), "WEBP", save_all=True, append_images=more, duration=10, lossless=True, quality=0, method=0
    )


#: Pictures that are taken, by what is in them.
PICTURES: Final[Mapping[str, bytes]] = {
    "jpeg": jpeg(), "png": png(), "png_16": png_16(), "webp": webp(), "gif": gif(), "mpo": mpo(),
    "gif of many": gif_of_many(), "webp of many": webp_of_many(),
}  # fmt: skip


# --- what isn't taken ------------------------------------------------------------------------------------------------


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


@cache
def pixel_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few KB that says it has 900 million pixels."""
    row = zlib.compressobj(9)
    body = b"".join(row.compress(b"\x00" * (width + 1)) for _ in range(64)) + row.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


@cache
def text_bomb() -> bytes:
    """A PNG whose compressed text would fill memory."""
    plain = encoded(picture(), "PNG")
    packed = zlib.compress(b"0" * 200_000_000, 1)
    return plain[:33] + _chunk(b"zTXt", b"Comment\x00\x00" + packed) + plain[33:]


@cache
def many_texts() -> bytes:
    """A PNG of some KB with a thousand compressed texts, each of them within a reader's limit."""
    plain = encoded(picture(), "PNG")
    packed = zlib.compress(b"0" * 100_000, 9)
    return plain[:33] + _chunk(b"zTXt", b"Comment\x00\x00" + packed) * 1000 + plain[33:]


@cache
def profile_bomb() -> bytes:
    """A PNG whose compressed colour profile would fill memory."""
    plain = encoded(picture(), "PNG")
    packed = zlib.compress(b"0" * 50_000_000, 1)
    return plain[:33] + _chunk(b"iCCP", b"profile\x00\x00" + packed) + plain[33:]


def within_limits_but_large() -> bytes:
    """Fewer pixels than a bomb has, but more than the memory of the process that would open them."""
    return encoded(Image.new("RGBA", (6500, 6500), (1, 2, 3, 4)), "PNG")


@cache
def many_passes(side: int = 3400, passes: int = 400) -> bytes:
    """A small JPEG whose last scan comes again and again; a decoder goes through all pixels for each of them."""
    plain = encoded(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    scan = plain[plain.rindex(b"\xff\xda") : -2]
    return plain[:-2] + scan * passes + plain[-2:]


def noise(width: int, height: int, quality: int) -> bytes:
    """A JPEG that no encoder makes small: each colour is noise of its own."""
    colours = [Image.effect_noise((width, height), 90) for _ in range(3)]
    return encoded(Image.merge("RGB", colours), "JPEG", quality=quality, subsampling=0)


def archive(inside: bytes = b"x" * 10) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("page.html", inside)
    return out.getvalue()


@cache
def zip_bomb() -> bytes:
    return archive(b"\x00" * 20_000_000)


def tape(name: str = "page.html", data: bytes = b"words") -> bytes:
    """An archive without compression; it begins with the name of what lies in it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        inside = tarfile.TarInfo(name)
        inside.size = len(data)
        made.addfile(inside, io.BytesIO(data))
    return out.getvalue()


def tape_and_film() -> bytes:
    """A film whose first bytes are an archive's as well, as a program reads it that asks for no checksum."""
    made = bytearray(tape() + MP4)
    made[: len(MP4)] = MP4
    made[257:265] = b"ustar\x0000"
    return bytes(made)


def gifar() -> bytes:
    """A picture that is an archive as well."""
    return encoded(picture().convert("P"), "GIF") + archive()


def jpeg_and_zip() -> bytes:
    return jpeg() + archive()


def jpeg_and_7z() -> bytes:
    return jpeg() + b"7z\xbc\xaf\x27\x1c" + b"\x00" * 64


def jpeg_and_page() -> bytes:
    """A picture whose first comment is a page, for programs that look for one."""
    plain = encoded(picture(), "JPEG")
    return plain[:2] + _segment(0xFE, f"<html>{SCRIPT}</html>".encode()) + plain[2:]


def png_and_page() -> bytes:
    return encoded(picture(), "PNG") + SCRIPT.encode()


SVG: Final = f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">{SCRIPT}</svg>'.encode()
HTML: Final = f"<!doctype html><title>x</title>{SCRIPT}".encode()
HEIC: Final = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 512
AVIF: Final = b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf" + b"\x00" * 512
PDF: Final = b"%PDF-1.7\n1 0 obj<<>>endobj\n" + b"\x00" * 64
MP4: Final = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + b"\x00\x00\x00\x08free" + b"\x07" * 4096
M4A: Final = b"\x00\x00\x00\x20ftypM4A \x00\x00\x02\x00M4A mp42isom\x00\x00\x00\x00" + b"\x07" * 4096
MP3: Final = b"ID3\x04\x00\x00\x00\x00\x00#TSSE" + b"\x00" * 4096


def cut() -> bytes:
    """A picture whose end never came."""
    return encoded(picture(), "JPEG", quality=95)[:-900]


#: Each with what its sender calls it, and the status with which it is refused.
REFUSED: Final[Mapping[str, tuple[bytes, str, int]]] = {
    "pixel bomb": (pixel_bomb(), "image/png", 422),
    "text bomb": (text_bomb(), "image/png", 422),
    "many texts": (many_texts(), "image/png", 422),
    "profile bomb": (profile_bomb(), "image/png", 422),
    "more pixels than memory": (within_limits_but_large(), "image/png", 422),
    "cut off": (cut(), "image/jpeg", 422),
    "a beginning and nothing more": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg", 422),
    "zip bomb": (zip_bomb(), "image/jpeg", 415),
    "archive": (archive(), "application/zip", 415),
    "gifar": (gifar(), "image/gif", 415),
    "jpeg and zip": (jpeg_and_zip(), "image/jpeg", 415),
    "jpeg and 7z": (jpeg_and_7z(), "image/jpeg", 415),
    "jpeg and page": (jpeg_and_page(), "image/jpeg", 415),
    "png and page": (png_and_page(), "image/png", 415),
    "film and zip": (MP4 + archive(), "video/mp4", 415),
    "sound and zip": (M4A + archive(), "audio/mp4", 415),
    "tape": (tape(), "application/x-tar", 415),
    "tape that says picture": (tape(), "image/jpeg", 415),
    "tape that begins as gif": (tape("GIF89a"), "image/gif", 415),
    "tape that begins as film": (tape_and_film(), "video/mp4", 415),
    "tiff": (encoded(picture(), "TIFF"), "image/tiff", 415),
    "tiff that says jpeg": (encoded(picture(), "TIFF"), "image/jpeg", 415),
    "avif": (AVIF, "image/avif", 415),
    "avif that says jpeg": (AVIF, "image/jpeg", 415),
    "svg as jpg": (SVG, "image/jpeg", 415),
    "svg": (SVG, "image/svg+xml", 415),
    "page as jpg": (HTML, "image/jpeg", 415),
    "page": (HTML, "text/html", 415),
    "pdf": (PDF, "", 415),
    "png that says jpeg": (encoded(picture(), "PNG"), "image/jpeg", 415),
    "picture that says film": (encoded(picture(), "JPEG"), "video/mp4", 415),
    "film that says picture": (MP4, "image/jpeg", 415),
    "heic": (HEIC, "image/jpeg", 415),
    "heic that says so": (HEIC, "image/heic", 415),
    "words": (b"\xe3\x81\x82" * 400, "image/png", 415),
}
