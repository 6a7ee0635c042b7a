"""A file is what its bytes are, whatever it is called (security row 17)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.adapters.files.sniffing import tell_type
from handoff.domain.errors import EvidenceHeic, EvidenceTypeRefused
from handoff.domain.file_types import (
    BY_MIME,
    HEAD,
    TAIL,
    EvidenceKind,
    agreed,
    as_kind,
    declared_type,
    ends_as_zip,
    sniff,
)
from tests.support import hostile_files as files

TAKEN = {
    "image/jpeg": files.jpeg(),
    "image/png": files.png(),
    "image/webp": files.webp(),
    "image/gif": files.gif(),
    "video/mp4": files.MP4,
    "audio/mp4": files.M4A,
    "audio/mpeg": files.MP3,
    "audio/wav": b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 64,
    "audio/ogg": b"OggS\x00\x02" + b"\x00" * 64,
    "video/webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + b"\0" * 64,
    "video/quicktime": b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  " + b"\x00" * 64,
    "video/3gpp": b"\x00\x00\x00\x18ftyp3gp4\x00\x00\x00\x00isom3gp4" + b"\x00" * 64,
    "audio/aac": b"\xff\xf1\x50\x80\x02\x1f\xfc" + b"\x00" * 64,
}


def test_every_type_that_is_taken_has_an_example() -> None:
    assert set(TAKEN) | {"audio/webm"} == set(BY_MIME)


@pytest.mark.parametrize("mime", sorted(TAKEN))
def test_a_file_is_told_by_its_bytes_with_or_without_its_sender_s_word(mime: str) -> None:
    for declared in ("", "application/octet-stream", mime, f"{mime}; charset=binary", mime.upper()):
        assert tell_type(TAKEN[mime][:HEAD], declared).mime == mime


def test_a_sound_in_a_film_s_container_is_what_its_sender_says() -> None:
    assert tell_type(files.MP4, "audio/mp4").mime == "audio/mp4"
    assert tell_type(files.MP4, "audio/x-m4a").mime == "audio/mp4"
    assert tell_type(TAKEN["video/webm"], "audio/webm").mime == "audio/webm"


def test_a_sound_that_line_brings_in_a_film_s_container_is_a_sound() -> None:
    """LINE names no type but says what kind of message it was."""
    film, sound = tell_type(files.MP4, ""), as_kind(tell_type(files.MP4, ""), EvidenceKind.AUDIO)
    assert (film.mime, sound.mime) == ("video/mp4", "audio/mp4")
    assert as_kind(film, EvidenceKind.VIDEO) is film and as_kind(film, None) is film
    # No picture stands in such a container, and no word makes it one.
    assert as_kind(film, EvidenceKind.IMAGE) is film
    assert as_kind(tell_type(files.MP3, ""), EvidenceKind.VIDEO).mime == "audio/mpeg"


#: Told by their ends, when they are here in full (tests/integration/test_evidence.py).
TWO_IN_ONE = {"film and zip", "sound and zip", "gifar", "jpeg and zip", "jpeg and 7z", "png and page"}


@pytest.mark.parametrize("name", sorted({n for n, one in files.REFUSED.items() if one[2] == 415} - TWO_IN_ONE))
def test_what_isn_t_a_picture_film_or_sound_is_refused(name: str) -> None:
    data, declared, _status = files.REFUSED[name]
    with pytest.raises(EvidenceTypeRefused):
        tell_type(data[:HEAD], declared)


@pytest.mark.parametrize("declared", ["image/heic", "image/jpeg", ""])
def test_apple_s_pictures_are_refused_with_what_to_do_instead(declared: str) -> None:
    with pytest.raises(EvidenceHeic) as refused:
        tell_type(files.HEIC, declared)
    assert "スクリーンショット" in refused.value.text and refused.value.status == 415


@given(st.binary(max_size=400), st.text(max_size=30))
def test_no_bytes_and_no_name_of_a_type_make_it_fail(data: bytes, declared: str) -> None:
    try:
        told = tell_type(data, declared)
    except EvidenceTypeRefused:
        return
    assert told in BY_MIME.values()


@given(st.sampled_from(sorted(TAKEN)), st.sampled_from(sorted(BY_MIME)))
def test_whoever_names_another_container_is_refused(mime: str, declared: str) -> None:
    found, said = sniff(TAKEN[mime]), declared_type(declared)
    assert found is not None and said is not None
    assert (agreed(declared, found) is None) == (said.container != found.container)


@given(st.binary(max_size=3000), st.binary(max_size=200))
def test_an_archive_is_found_behind_anything(before: bytes, comment: bytes) -> None:
    whole = bytearray(files.archive(b"y" * 50))
    whole[-2:] = len(comment).to_bytes(2, "little")
    both = before + bytes(whole) + comment
    assert ends_as_zip(both[-TAIL:], len(both))


@given(st.binary(max_size=5000))
def test_a_picture_is_no_archive(more: bytes) -> None:
    data = files.jpeg() + more.replace(b"PK\x05\x06", b"")
    assert not ends_as_zip(data[-TAIL:], len(data))
