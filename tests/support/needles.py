"""Looks for words where none may be: in every form in which a program could have written them down."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path

import re2


def forms_of(words: str) -> set[bytes]:
    """A text as bytes, as hexadecimal digits, as base64 wherever it begins, and escaped as JSON and Python do."""
    plain = words.encode()
    forms = {
        plain,
        words.encode("utf-16-le"),
        words.encode("utf-16-be"),
        plain.hex().encode(),
        plain.hex().upper().encode(),
    }
    forms |= {words.encode("unicode_escape"), words.encode("unicode_escape").replace(b"\\", b"\\\\")}
    for before in range(3):
        # What stands before shifts the letters; the first and the last of them hold bits of their neighbours.
        shifted = base64.b64encode(b"\0" * before + plain).rstrip(b"=")
        forms.add(shifted[4 if before else 0 : -1])
    return {form for form in forms if len(form) >= 6}


class Needles:
    """Words to look for, all in one pass: a database's folder is a hundred megabytes."""

    def __init__(self, words: Iterable[str]) -> None:
        self._named = {form: word for word in words for form in forms_of(word)}
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = 256 << 20
        alternatives = b"|".join(b"".join(b"\\x%02x" % each for each in form) for form in self._named)
        self._pattern = re2.compile(alternatives, options)

    def found_in(self, data: bytes) -> list[str]:
        """Those that are in the data in any form, in the order of their first place."""
        return list(dict.fromkeys(self._named[match.group()] for match in self._pattern.finditer(data)))

    def found_below(self, folder: Path, leave_out: Iterable[Path] = ()) -> Iterator[tuple[Path, str]]:
        """File and words, for every regular file below a folder; a file that goes meanwhile holds nothing."""
        left_out = set(leave_out)
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file() or left_out & {path, *path.parents}:
                continue
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue
            for words in self.found_in(data):
                yield path, words
