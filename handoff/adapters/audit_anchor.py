"""Where the audit's end is noted outside the database: a small file, replaced whole at each note."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from handoff.domain.audit import ANCHOR, Anchor, KeyedHash


class AnchorNote:
    """Implements ``services.audit_ports.AnchorFile`` as ``<var>/audit/end`` (0600)."""

    def __init__(self, var: Path, hashed: KeyedHash) -> None:
        self.path = var / "audit" / "end"
        self._hashed = hashed
        self._noted: Anchor | None = None

    def newest(self) -> Anchor | None:
        try:
            told, _, mark = self.path.read_text(encoding="ascii").strip().partition(" ")
        except FileNotFoundError:
            return None
        anchor = Anchor.read(told)
        if anchor is None or not hmac.compare_digest(mark.encode(), self._mark(anchor).encode()):
            raise ValueError("not a note of ours")
        return anchor

    def note(self, anchor: Anchor) -> None:
        if anchor == self._noted:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.path.with_name(f".end.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{anchor} {self._mark(anchor)}\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        # An empty note after a power cut would look like a forged one.
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._noted = anchor

    def _mark(self, anchor: Anchor) -> str:
        return self._hashed(ANCHOR, str(anchor)).hex()
