"""The audit is a chain that nobody changes unseen: neither the application's role, nor somebody who owns the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from handoff.adapters.audit_anchor import AnchorNote
from handoff.audit_command import verify
from handoff.domain.audit import Anchor, Fault
from handoff.domain.errors import ConfigurationError
from handoff.settings import Settings
from tests.integration.audit.record import NO_KEY, UNMARKED, Record
from tests.integration.conftest import SEALER, Database

FORGED = (
    "INSERT INTO audit_events (id, at, actor, verb, detail, mark)"
    " VALUES (gen_random_uuid(), now(), 'staff:b', 'open_desk', '{}', sha256('x'))"
)


ROW_5 = "(SELECT sequence FROM audit_links WHERE number = 5)"


#: What somebody with all rights could do, and what is found of it, at which link; 0 for none.
TAMPERING: tuple[tuple[str, tuple[str, ...], Fault, int], ...] = (
    ("who", (f"UPDATE audit_events SET actor = 'staff:b' WHERE sequence = {ROW_5}",), Fault.CHANGED, 5),
    ("when", (f"UPDATE audit_events SET at = at - interval '1 day' WHERE sequence = {ROW_5}",), Fault.CHANGED, 5),
    ("what", (f"UPDATE audit_events SET verb = 'open_desk' WHERE sequence = {ROW_5}",), Fault.CHANGED, 5),
    ("whose", (f"UPDATE audit_events SET session_id = NULL WHERE sequence = {ROW_5}",), Fault.CHANGED, 5),
    (
        "a detail",
        (f"UPDATE audit_events SET detail = detail || '{{\"lines\": 7}}' WHERE sequence = {ROW_5}",),
        Fault.CHANGED,
        5,
    ),
    ("its mark", (f"UPDATE audit_events SET mark = sha256('x') WHERE sequence = {ROW_5}",), Fault.CHANGED, 5),
    ("a row deleted", (f"DELETE FROM audit_events WHERE sequence = {ROW_5}",), Fault.ROW_MISSING, 5),
    (
        "row and link deleted",
        (f"DELETE FROM audit_events WHERE sequence = {ROW_5}", "DELETE FROM audit_links WHERE number = 5"),
        Fault.LINK_MISSING,
        6,
    ),
    (
        "and the rest moved up",
        (
            f"DELETE FROM audit_events WHERE sequence = {ROW_5}",
            "DELETE FROM audit_links WHERE number = 5",
            "UPDATE audit_links SET number = number + 100 WHERE number > 5",
            "UPDATE audit_links SET number = number - 101 WHERE number > 100",
        ),
        Fault.CHANGED,
        5,
    ),
    (
        "two rows exchanged",
        (
            "UPDATE audit_links SET sequence = sequence + 100 WHERE number IN (5, 6)",
            "UPDATE audit_links SET sequence = sequence - 100 + CASE number WHEN 5 THEN 1 ELSE -1 END WHERE number < 7 AND number > 4",
        ),
        Fault.CHANGED,
        5,
    ),
    (
        "a row added with a link",
        (
            FORGED,
            "INSERT INTO audit_links SELECT 11, max(sequence), sha256('y'), now() FROM audit_events",
        ),
        Fault.CHANGED,
        11,
    ),
    (
        "a row added",
        (FORGED,),
        Fault.FORGED,
        0,
    ),
    (
        "a row added as if from before there were marks",
        (
            "ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark",
            UNMARKED,
        ),
        Fault.UNMARKED,
        0,
    ),
    (
        "a row that waits for its link",
        ("UPDATE audit_events SET actor = 'b' WHERE sequence = (SELECT max(sequence) FROM audit_events)",),
        Fault.FORGED,
        0,
    ),
    (
        "the end cut off",
        (
            "DELETE FROM audit_events WHERE sequence >= (SELECT sequence FROM audit_links WHERE number = 9)",
            "DELETE FROM audit_links WHERE number >= 9",
        ),
        Fault.END_CUT,
        10,
    ),
    ("everything emptied", ("TRUNCATE audit_events, audit_links",), Fault.END_CUT, 10),
    (
        "the beginning cut off as if its days were over",
        (
            "DELETE FROM audit_events WHERE sequence <= (SELECT sequence FROM audit_links WHERE number = 3)",
            "INSERT INTO audit_cuts SELECT 3, digest, sha256('x'), now() FROM audit_links WHERE number = 3",
            "DELETE FROM audit_links WHERE number <= 3",
        ),
        Fault.CUT_FORGED,
        3,
    ),
)


async def test_row_24_whatever_is_done_to_it_is_found(chain: Record) -> None:
    """As a superuser who has the whole database but not the key file; each on a copy of the same chain."""
    tables = ("audit_events", "audit_links", "audit_cuts")
    chain.as_superuser(*(f"CREATE TABLE kept_{name} AS SELECT * FROM {name}" for name in tables))
    for name, statements, fault, number in TAMPERING:
        chain.as_superuser(*statements)
        assert await chain.found() == (fault, number), name
        chain.as_superuser(
            *(f"TRUNCATE {one}" for one in tables),
            *(f"INSERT INTO {one} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{one}" for one in tables),
        )
        assert (await chain.check()).fault is None, f"whole again after: {name}"


async def test_row_24_a_cut_end_is_not_written_over(chain: Record) -> None:
    noted = chain.note.newest()
    assert noted is not None and noted.number == 10
    chain.as_superuser(
        "DELETE FROM audit_events WHERE sequence >= (SELECT sequence FROM audit_links WHERE number = 9)",
        "DELETE FROM audit_links WHERE number >= 9",
    )
    await chain.write(4)
    assert await chain.link() == 4, "fresh rows are linked all the same"
    assert chain.note.newest() == noted, "but the note stays: it proves what was cut off"
    assert await chain.found() == (Fault.OTHER_CHAIN, 10)
    # Without the note of this machine, one that was written down elsewhere shows it.
    chain.note.path.unlink()
    assert (await chain.check()).fault is None
    assert (await chain.check(noted)).fault is not None
    assert (await chain.check(Anchor(99, NO_KEY))).fault is not None


def test_the_end_is_on_the_disk_before_it_is_the_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note, told = AnchorNote(tmp_path, SEALER.lookup), list[str]()
    real = Path.replace
    monkeypatch.setattr("os.fsync", lambda _descriptor: told.append("on the disk"))

    def replace(self: Path, to: Path) -> Path:
        assert self.stat().st_size
        told.append("replaced")
        return real(self, to)

    monkeypatch.setattr(Path, "replace", replace)
    note.note(Anchor(1, NO_KEY))
    assert told == ["on the disk", "replaced", "on the disk"] and note.newest() == Anchor(1, NO_KEY)


async def test_the_newest_part_alone_can_be_checked(chain: Record) -> None:
    part = await chain.check(newest=4)
    assert (part.fault, part.links) == (None, 4)
    chain.as_superuser(f"UPDATE audit_events SET actor = 'b' WHERE sequence = {ROW_5}")
    assert (await chain.check(newest=4)).fault is None
    assert (await chain.check(newest=6)).fault is not None


async def test_the_command_says_one_line_and_fails_where_something_is_wrong(
    chain: Record, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr("handoff.audit_command.Sealer.from_key_file", lambda _path: SEALER)
    monkeypatch.setattr("handoff.audit_command._TELL_EVERY", 0)
    settings = Settings.model_construct(
        **(Settings.model_construct().__dict__ | {"var": tmp_path, "database_url": database.url})
    )
    assert await verify(settings) == 0
    said = capsys.readouterr()
    assert said.out.startswith("監査記録は壊れていません: 10件") and said.out.count("\n") == 1
    assert said.err == "… 10件\n"
    end = str(chain.note.newest())
    assert end in said.out and await verify(settings, [end]) == 0
    with pytest.raises(ConfigurationError, match="--anchor"):
        await verify(settings, ["nothing"])
    chain.as_superuser(f"UPDATE audit_events SET actor = 'b' WHERE sequence = {ROW_5}")
    capsys.readouterr()
    assert await verify(settings) == 1
    said = capsys.readouterr()
    assert said.out == "" and "5番目の輪" in said.err.splitlines()[-1]
    chain.note.path.write_text(f"{end} 00\n")
    assert await verify(settings) == 1
