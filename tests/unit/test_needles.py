"""What looks for words finds them, in whatever form: a search that finds nothing would pass every test."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.support.needles import Needles

WORDS = "ないしょのカナリア"


@pytest.mark.parametrize(
    "written",
    [
        WORDS.encode(),
        WORDS.encode("utf-16-le"),
        WORDS.encode().hex().encode(),
        WORDS.encode().hex().upper().encode(),
        json.dumps(WORDS).encode(),
        json.dumps(json.dumps(WORDS)).encode(),
        *(base64.b64encode(b"x" * before + WORDS.encode() + b"y" * after) for before in range(4) for after in range(3)),
    ],
)
def test_words_are_found_however_they_are_written(written: bytes) -> None:
    assert Needles([WORDS, "something else"]).found_in(b"before " + written + b" after") == [WORDS]


def test_other_words_are_not_found() -> None:
    assert Needles([WORDS]).found_in("ないしょのツバメ".encode() * 100) == []


def test_files_are_looked_through_but_for_those_left_out(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "a").write_text(WORDS)
    (tmp_path / "log").write_text(WORDS.encode().hex())
    assert list(Needles([WORDS]).found_below(tmp_path, [tmp_path / "keys"])) == [(tmp_path / "log", WORDS)]
