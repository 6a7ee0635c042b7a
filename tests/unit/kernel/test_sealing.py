"""Sealing: what is sealed for a cell opens for that cell alone (promise 3; security threat 21)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.sealing import KeyFileError, Keyring, SealBroken, Sealer, ensure_key_file

RING = Keyring(active="k2", keys={"k1": b"1" * 32, "k2": b"2" * 32}, lookup=b"3" * 32)
words = st.text(alphabet=st.characters())  # lone surrogates included: a broken emoji is kept too


@given(words, words, st.uuids().map(str))
def test_a_sealed_text_opens_for_its_own_cell(text: str, column: str, row: str) -> None:
    column = column.encode("utf-8", "ignore").decode()
    sealer = Sealer(RING)
    sealed = sealer.seal("messages", column, row, text)
    assert sealer.open("messages", column, row, sealed) == text
    if len(text) > 2:
        assert text.encode("utf-8", "surrogatepass") not in sealed


@given(st.binary(max_size=4096), st.integers(0, 10**6))
def test_sealed_bytes_open_for_their_own_place_alone(data: bytes, number: int) -> None:
    sealer = Sealer(RING)
    sealed = sealer.seal_bytes("evidence_pieces", "body", f"e:original:{number}", data)
    assert sealer.open_bytes("evidence_pieces", "body", f"e:original:{number}", sealed) == data
    if len(data) > 4:
        assert data not in sealed
    with pytest.raises(SealBroken):
        sealer.open_bytes("evidence_pieces", "body", f"e:original:{number + 1}", sealed)


@pytest.mark.parametrize("cell", [("notes", "body", "1"), ("messages", "name", "1"), ("messages", "body", "2")])
def test_a_value_moved_to_another_cell_does_not_open(cell: tuple[str, str, str]) -> None:
    sealed = Sealer(RING).seal("messages", "body", "1", "ひみつ")
    with pytest.raises(SealBroken):
        Sealer(RING).open(*cell, sealed)


def test_cells_whose_names_run_together_are_still_different() -> None:
    sealed = Sealer(RING).seal("ab", "c", "1", "ひみつ")
    with pytest.raises(SealBroken):
        Sealer(RING).open("a", "bc", "1", sealed)


@given(st.data())
def test_no_changed_byte_goes_unseen(data: st.DataObject) -> None:
    sealed = bytearray(Sealer(RING).seal("messages", "body", "1", "死にたいなんて言えない"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        Sealer(RING).open("messages", "body", "1", bytes(sealed))


@given(st.binary(max_size=40))
def test_rubbish_is_refused_not_crashed_on(rubbish: bytes) -> None:
    with pytest.raises(SealBroken):
        Sealer(RING).open("messages", "body", "1", rubbish)


def test_old_keys_still_open_and_the_active_one_seals() -> None:
    old = Sealer(Keyring(active="k1", keys=RING.keys, lookup=RING.lookup)).seal("t", "c", "1", "まえ")
    assert Sealer(RING).open("t", "c", "1", old) == "まえ"
    assert b"k2" in Sealer(RING).seal("t", "c", "1", "いま")[:8]


def test_lookups_are_stable_and_keep_purposes_apart() -> None:
    sealer = Sealer(RING)
    assert sealer.lookup("line_user", "U1") == Sealer(RING).lookup("line_user", "U1")
    assert sealer.lookup("line_user", "U1") != sealer.lookup("line_group", "U1")


def test_a_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"
    assert ensure_key_file(path) is True
    before = path.read_bytes()
    assert ensure_key_file(path) is False
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.json"]
    Sealer.from_key_file(path)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        '{"active": "k1", "keys": {}, "lookup": "AA=="}',
        '{"active": "k1", "keys": {"k1": "AA=="}, "lookup": "AA=="}',
        '{"active": "k1", "keys": {"k1": "%%%"}, "lookup": "AA=="}',
    ],
)
def test_a_broken_key_file_is_named_but_never_quoted(tmp_path: Path, body: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(body)
    with pytest.raises(KeyFileError) as caught:
        Sealer.from_key_file(path)
    assert str(path) in str(caught.value)
    assert "AA==" not in str(caught.value)


def test_a_key_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    ensure_key_file(path)
    raw = json.loads(path.read_text())
    raw["keys"]["k1"] = "QUJD"
    path.write_text(json.dumps(raw))
    with pytest.raises(KeyFileError, match="32 bytes"):
        Keyring.from_file(path)
