"""The risk model's version stands for what it was made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.risk.fingerprint import CALM_NLU, MODEL, fingerprint, is_stale, stored_fingerprint

SOURCES = {
    "data/risk/a.jsonl": "{}",
    "data/lexicon/suicide.yml": "rules: []",
    "bot/risk_model.py": "x = 1",
    "kernel/risk/features.py": "y = 1",
    "kernel/text/kana.py": "z = 1",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    nlu = {f"data/nlu/{name}.yml": "- intent: a\n  examples: |\n    - やあ\n    - どうも\n" for name in CALM_NLU}
    for name, text in {**SOURCES, **nlu, "kernel/risk/model.py": "w = 1", "data/risk/model.json": "{}"}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize("changed", SOURCES)
def test_any_changed_source_gives_another_fingerprint(root: Path, changed: str) -> None:
    before = fingerprint(root)
    (root / changed).write_text(SOURCES[changed] + " ")
    assert fingerprint(root) != before
    assert len(before) == 8


def test_of_rasas_data_the_messages_count_and_nothing_beside_them(root: Path) -> None:
    before = fingerprint(root)
    path = root / f"data/nlu/{CALM_NLU[0]}.yml"
    path.write_text("# あいさつ\n- intent: a\n  metadata: {role: self}\n  examples: |\n    - どうも\n    - やあ\n")
    assert fingerprint(root) == before
    path.write_text(path.read_text().replace("やあ", "やあやあ"))
    assert fingerprint(root) != before


def test_text_moved_from_one_file_to_the_next_counts(root: Path) -> None:
    before = fingerprint(root)
    (root / "data/risk/a.jsonl").write_text("{")
    (root / "data/risk/b.jsonl").write_text("}")
    assert fingerprint(root) != before


def test_what_only_carries_or_adds_up_the_numbers_does_not_count(root: Path) -> None:
    before = fingerprint(root)
    (root / "kernel/risk/model.py").write_text("w = 2")
    (root / "data/risk/model.json").write_text('{"version": "0"}')
    assert fingerprint(root) == before


def test_other_lines_for_the_same_code(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.jsonl").write_text(SOURCES["data/risk/a.jsonl"])
    assert fingerprint(root, other) == fingerprint(root)


def test_a_model_is_stale_until_it_names_the_fingerprint(root: Path) -> None:
    assert is_stale(root)
    (root / MODEL).write_text(f'{{"version": "{fingerprint(root)}", "scale": 1}}')
    assert not is_stale(root)


@pytest.mark.parametrize("content", [None, "", "[", "[]", "{}", "3"])
def test_a_missing_or_broken_model_has_no_version_and_is_stale(root: Path, content: str | None) -> None:
    if content is None:
        (root / MODEL).unlink()
    else:
        (root / MODEL).write_text(content)
    assert stored_fingerprint(root / MODEL) is None
    assert is_stale(root)
