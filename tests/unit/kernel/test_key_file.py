"""The key file is changed whole or not at all, and stays its owner's."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from kernel.sealing import KeyFile, KeyFileError, Keyring, SealBroken, SealFailed, ensure_key_file
from kernel.sealing.data_keys import new_key, unwrap
from kernel.sealing.key_file import activate_key, add_key, drop_key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "keys" / "seal.key"
    ensure_key_file(made)
    return made


def test_row_22_a_key_is_added_then_activated_then_the_old_one_dropped(path: Path) -> None:
    first = Keyring.from_file(path)
    assert add_key(path) == "k2"
    added = Keyring.from_file(path)
    assert (added.active, sorted(added.keys)) == ("k1", ["k1", "k2"])
    activate_key(path, "k2")
    drop_key(path, "k1")
    left = Keyring.from_file(path)
    assert (left.active, dict(left.keys)) == ("k2", {"k2": added.keys["k2"]})
    assert left.lookup == first.lookup, "found by it, so it can't change"
    assert add_key(path) == "k3"
    assert add_key(path, "of-2027") == "of-2027"


def test_an_id_is_never_given_twice_so_that_whoever_reads_the_file_follows_it(path: Path) -> None:
    reader = KeyFile(path)
    assert add_key(path) == "k2" and "k2" in reader.ring().keys
    stored, _ = new_key(replace(reader.ring(), active="k2"), "transcript")
    drop_key(path, "k2")
    with pytest.raises(KeyFileError, match="never given twice"):
        add_key(path, "k2")
    assert add_key(path) == "k3"
    assert sorted(reader.ring().keys) == ["k1", "k3"]
    # What the dropped key wrapped is lost; what a key wrapped that should be there says so.
    with pytest.raises(SealBroken, match="dropped"):
        unwrap(reader.ring(), stored)
    with pytest.raises(SealFailed):
        unwrap(reader.ring(), replace(stored, kek="k9"))


def test_when_a_key_was_chosen_is_told_once(path: Path) -> None:
    assert Keyring.from_file(path).activated == 0
    add_key(path)
    before = int(time.time())
    activate_key(path, "k2")
    chosen = Keyring.from_file(path).activated
    assert before <= chosen <= time.time()
    raw = json.loads(path.read_text())
    path.write_text(json.dumps({**raw, "activated": 1}))
    activate_key(path, "k2")
    add_key(path)
    assert Keyring.from_file(path).activated == 1
    path.write_text(json.dumps({name: raw[name] for name in ("active", "keys", "lookup")}))
    assert Keyring.from_file(path).dropped == ()


def test_what_would_lose_something_is_refused(path: Path) -> None:
    before = path.read_bytes()
    for change in (
        lambda: add_key(path, "k1"),
        lambda: add_key(path, "no good id"),
        lambda: activate_key(path, "k9"),
        lambda: drop_key(path, "k9"),
        lambda: drop_key(path, "k1"),
    ):
        with pytest.raises(KeyFileError):
            change()
        assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["seal.key"], "no draft stays"


@pytest.mark.parametrize(("mode", "kept"), [(0o600, 0o600), (0o400, 0o600), (0o640, 0o640), (0o644, 0o640)])
def test_nobody_else_can_read_the_new_file(path: Path, mode: int, kept: int) -> None:
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, 1234, 2345)
    owner = (path.stat().st_uid, path.stat().st_gid)
    add_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == kept
    assert (path.stat().st_uid, path.stat().st_gid) == owner


def test_a_link_leads_to_the_file(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.key"
    link.symlink_to(path)
    add_key(link)
    assert link.is_symlink() and sorted(Keyring.from_file(path).keys) == ["k1", "k2"]


@pytest.mark.parametrize("fails", ["fsync", "replace", "fchmod"])
def test_row_22_a_change_that_fails_leaves_the_old_file(
    path: Path, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    def refuse(*_given: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, fails, refuse)
    with pytest.raises(KeyFileError, match="No space left"):
        add_key(path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["seal.key"]


def test_row_22_a_new_file_that_can_t_be_read_back_leaves_the_old_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of what was written reached the disk, say."""
    before, read = path.read_bytes(), Keyring.from_file

    def torn(file: Path) -> Keyring:
        if Path(file).name.startswith("."):
            Path(file).write_bytes(Path(file).read_bytes()[:50])
        return read(file)

    monkeypatch.setattr(Keyring, "from_file", torn)
    with pytest.raises(KeyFileError, match="expected form"):
        add_key(path)
    assert path.read_bytes() == before


def test_two_changes_at_once_lose_no_key_and_a_reader_sees_whole_files(path: Path) -> None:
    reader, seen, stop = KeyFile(path), 0, threading.Event()
    faults: list[BaseException] = []

    def read() -> None:
        nonlocal seen
        while not stop.is_set():
            try:
                reader.ring("k-not-there")
                seen += 1
            except KeyFileError as error:
                faults.append(error)
                return

    threads = [threading.Thread(target=add_key, args=(path, f"t{number}")) for number in range(12)]
    reading = threading.Thread(target=read)
    reading.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    reading.join()
    assert len(Keyring.from_file(path).keys) == 13
    assert faults == [] and seen > 0
