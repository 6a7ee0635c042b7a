"""Sealing: what is sealed for a cell opens for that cell alone (promise 3; security threats 21, 22, 28)."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Tuple
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from kernel.sealing import (
    CellSealer,
    KeyFileError,
    Keyring,
    SealBroken,
    Sealer,
    SealFailed,
    SealingError,
    ensure_key_file,
    key_id_of,
)
from kernel.sealing import bound as ciphers
from tests.support.first_seal import first_seal

RING = Keyring(active="k2", keys={"k1": b"1" * 32, "k2": b"2" * 32}, lookup=b"3" * 32)
OLD = replace(RING, active="k1")
words = st.text(alphabet=st.characters())  # lone surrogates included: a broken emoji is kept too


def sealer_with_key(kind: str = "transcript") -> Tuple[Sealer, CellSealer]:
    sealer = Sealer(RING)
    stored, cells = sealer.new_key(kind)
    sealer.learn(stored)
    return sealer, cells


@given(words, words, st.uuids().map(str))
def test_a_sealed_text_opens_for_its_own_cell(text: str, column: str, row: str) -> None:
    column = column.encode("utf-8", "ignore").decode()
    sealer, cells = sealer_with_key()
    for sealed in (cells.seal("messages", column, row, text), first_seal(RING, "messages", column, row, text)):
        assert sealer.open("messages", column, row, sealed) == text
        if len(text) > 2:
            assert text.encode("utf-8", "surrogatepass") not in sealed


@given(st.binary(max_size=4096), st.integers(0, 10**6))
def test_sealed_bytes_open_for_their_own_place_alone(data: bytes, number: int) -> None:
    sealer, cells = sealer_with_key("media")
    sealed = cells.seal_bytes("evidence_pieces", "body", f"e:original:{number}", data)
    assert sealer.open_bytes("evidence_pieces", "body", f"e:original:{number}", sealed) == data
    if len(data) > 4:
        assert data not in sealed
    with pytest.raises(SealBroken):
        sealer.open_bytes("evidence_pieces", "body", f"e:original:{number + 1}", sealed)


@pytest.mark.parametrize("cell", [("notes", "body", "1"), ("messages", "name", "1"), ("messages", "body", "2")])
def test_a_value_moved_to_another_cell_does_not_open(cell: Tuple[str, str, str]) -> None:
    sealer, cells = sealer_with_key()
    for sealed in (cells.seal("messages", "body", "1", "ひみつ"), first_seal(RING, "messages", "body", "1", "ひみつ")):
        with pytest.raises(SealBroken):
            sealer.open(*cell, sealed)


def test_cells_whose_names_run_together_are_still_different() -> None:
    sealer, cells = sealer_with_key()
    for sealed in (cells.seal("ab", "c", "1", "ひみつ"), first_seal(RING, "ab", "c", "1", "ひみつ")):
        with pytest.raises(SealBroken):
            sealer.open("a", "bc", "1", sealed)


@given(st.data(), st.booleans())
def test_no_changed_byte_goes_unseen(data: st.DataObject, first: bool) -> None:
    sealer, cells = sealer_with_key()
    cell, text = ("messages", "body", "1"), "死にたいなんて言えない"
    sealed = bytearray(first_seal(RING, *cell, text) if first else cells.seal(*cell, text))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        sealer.open(*cell, bytes(sealed))


@given(st.binary(max_size=80), st.sampled_from([b"", b"\x01", b"\x02"]))
def test_rubbish_is_refused_not_crashed_on(rubbish: bytes, version: bytes) -> None:
    with pytest.raises(SealBroken):
        Sealer(RING).open("messages", "body", "1", version + rubbish)
    key_id_of(version + rubbish)


def test_old_keys_still_open() -> None:
    assert Sealer(RING).open("t", "c", "1", first_seal(OLD, "t", "c", "1", "まえ")) == "まえ"


def test_what_one_data_key_sealed_no_other_opens() -> None:
    sealer, mine = sealer_with_key()
    stored, other = sealer.new_key("transcript")
    sealer.learn(stored)
    sealed = mine.seal("messages", "body", "1", "ひみつ")
    # Said to be sealed by the other key, and asked of the other key.
    forged = bytes([2]) + other.key_id.bytes + sealed[17:]
    with pytest.raises(SealBroken):
        other.open("messages", "body", "1", sealed)
    with pytest.raises(SealBroken):
        sealer.open("messages", "body", "1", forged)


def test_a_data_key_is_wrapped_by_the_active_key_and_rewrapped_without_touching_a_cell() -> None:
    before = Sealer(OLD)
    stored, cells = before.new_key("transcript")
    sealed = cells.seal("messages", "body", "1", "まえ")
    assert stored.kek == "k1"
    moved = Sealer(RING).rewrap(stored)
    assert (moved.id, moved.kek, moved.kind) == (stored.id, "k2", "transcript")
    later = Sealer(replace(RING, keys={"k2": RING.keys["k2"]}))
    assert later.unwrap(moved).open("messages", "body", "1", sealed) == "まえ"
    with pytest.raises(SealFailed, match="doesn't hold"):
        later.unwrap(stored)


def test_a_wrapped_key_belongs_to_its_id_its_kind_and_its_bytes() -> None:
    sealer = Sealer(RING)
    stored, _cells = sealer.new_key("transcript")
    other, _ = sealer.new_key("transcript")
    changed = bytes([stored.wrapped[0] ^ 1]) + stored.wrapped[1:]
    for moved in (
        replace(stored, id=other.id),
        replace(stored, kind="media"),
        replace(stored, kek="k1"),
        replace(stored, wrapped=other.wrapped),
        replace(stored, wrapped=changed),
        replace(stored, wrapped=b""),
    ):
        with pytest.raises(SealBroken):
            sealer.unwrap(moved)
    assert sealer.unwrap(stored).key_id == stored.id


def test_what_is_unknown_is_named_learnt_and_forgotten() -> None:
    maker = Sealer(RING)
    (one, cells), (two, more) = maker.new_key("transcript"), maker.new_key("media")
    sealed = [
        cells.seal("t", "c", "1", "あ"),
        more.seal("t", "c", "2", "い"),
        first_seal(RING, "t", "c", "3", "う"),
        b"",
    ]
    reader = Sealer(RING)
    assert reader.missing(sealed) == {one.id, two.id}
    with pytest.raises(SealBroken, match="unknown or destroyed"):
        reader.open("t", "c", "1", sealed[0])
    reader.learn(one)
    assert reader.missing(sealed) == {two.id}
    assert reader.open("t", "c", "1", sealed[0]) == "あ"
    reader.forget([one.id])
    with pytest.raises(SealBroken, match="unknown or destroyed"):
        reader.open("t", "c", "1", sealed[0])


def test_neither_a_key_nor_a_text_shows_in_errors_or_reprs() -> None:
    sealer = Sealer(RING)
    stored, cells = sealer.new_key("transcript")
    shown = repr((stored, cells, sealer, RING))
    assert repr(stored.wrapped) not in shown
    assert "2222" not in shown


class _Failing:
    """A cipher that has broken, as a library or a device may."""

    def __init__(self, _key: bytes) -> None: ...

    def encrypt(self, *_: object) -> bytes:
        raise RuntimeError("ひみつ")

    decrypt = encrypt


def test_whatever_the_cipher_raises_is_one_error_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    stored, cells = Sealer(RING).new_key("transcript")
    sealed = cells.seal("t", "c", "1", "あ")
    for module in ("data_keys", "sealer"):
        monkeypatch.setattr(f"kernel.sealing.{module}.AESGCM", _Failing)
    sealer = Sealer(RING)
    broken = CellSealer(stored.id, b"4" * 32)
    for failing in (
        lambda: sealer.new_key("transcript"),
        lambda: sealer.unwrap(stored),
        lambda: broken.seal("t", "c", "1", "あ"),
        lambda: broken.open("t", "c", "1", sealed),
        sealer.check,
    ):
        with pytest.raises(SealFailed) as caught:
            failing()
        assert "ひみつ" not in str(caught.value)
        assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_no_nonce_comes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    _sealer, cells = sealer_with_key()
    nonces = {cells.seal("t", "c", "1", "あ")[17 : 17 + ciphers.NONCE_BYTES] for _ in range(2000)}
    assert len(nonces) == 2000


def test_lookups_are_stable_and_keep_purposes_apart() -> None:
    sealer = Sealer(RING)
    assert sealer.lookup("line_user", "U1") == Sealer(RING).lookup("line_user", "U1")
    assert sealer.lookup("line_user", "U1") != sealer.lookup("line_group", "U1")


# The key file ------------------------------------------------------------------------------------------------------


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


def _written(path: Path, raw: Dict[str, Any]) -> None:
    """Replace the file as a careful program does: at once."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(raw))
    os.replace(draft, path)


def _raw(path: Path) -> Dict[str, Any]:
    raw: Dict[str, Any] = json.loads(path.read_text())
    return raw


def test_a_key_that_is_added_and_activated_is_used_without_a_restart(tmp_path: Path) -> None:
    path, other = tmp_path / "keys.json", tmp_path / "other.json"
    ensure_key_file(path)
    ensure_key_file(other)
    raw, fresh = _raw(path), _raw(other)["keys"]
    sealer = Sealer.from_key_file(path)
    old, _cells = sealer.new_key("transcript")
    keys = {**raw["keys"], "k2": fresh["k1"]}
    _written(path, {**raw, "keys": keys})
    assert sealer.new_key("transcript")[0].kek == "k1"
    _written(path, {**raw, "keys": keys, "active": "k2"})
    assert sealer.new_key("transcript")[0].kek == "k2"
    assert sealer.unwrap(old).key_id == old.id
    _written(path, {**raw, "keys": {"k2": keys["k2"]}, "active": "k2"})
    with pytest.raises(SealFailed):
        sealer.unwrap(old)


def test_a_file_that_is_away_broken_or_another_one_seals_nothing_and_comes_back(tmp_path: Path) -> None:
    path, other = tmp_path / "keys.json", tmp_path / "other.json"
    ensure_key_file(path)
    ensure_key_file(other)
    raw, foreign = _raw(path), _raw(other)
    sealer = Sealer.from_key_file(path)
    stored, cells = sealer.new_key("transcript")
    sealed = cells.seal("t", "c", "1", "あ")

    def away() -> None:
        path.unlink()

    for spoil in (away, lambda: path.write_text("{"), lambda: _written(path, foreign)):
        spoil()
        for asked in (sealer.check, lambda: sealer.new_key("transcript"), lambda: sealer.unwrap(stored)):
            with pytest.raises(SealingError):
                asked()
        assert cells.open("t", "c", "1", sealed) == "あ", "what is unwrapped stays open"
        _written(path, raw)
        sealer.check()
    assert isinstance(sealer.new_key("transcript")[0].id, UUID)


def test_the_real_cipher_is_used() -> None:
    """The tests above replace it by name: the name must be the one that seals."""
    stored, cells = Sealer(RING).new_key("transcript")
    body = cells.seal("t", "c", "1", "あ")[17:]
    key = AESGCM(RING.keys["k2"]).decrypt(
        stored.wrapped[:12],
        stored.wrapped[12:],
        ciphers.bound_to(b"tsunagi data key", stored.id.hex, "transcript", "k2"),
    )
    header = bytes([2]) + stored.id.bytes
    opened = AESGCM(key).decrypt(body[:12], body[12:], ciphers.bound_to(header, "t", "c", "1"))
    assert opened.decode() == "あ"
