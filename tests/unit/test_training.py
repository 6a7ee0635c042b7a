"""A model is named after the content that it was made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from handoff.domain.errors import ConfigurationError
from handoff.training import bot_environment, content_hash, model_path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "config.yml": "pipeline: []",
        "domain.yml": "intents: []",
        "data/nlu/study.yml": "- a",
        "data/rules/greet.yml": "- b",
        "bot/components/ginza.py": "x = 1",
        "kernel/text/fold.py": "y = 1",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "changed",
    [
        "config.yml",
        "domain.yml",
        "data/nlu/study.yml",
        "data/rules/greet.yml",
        "bot/components/ginza.py",
        "kernel/text/fold.py",
    ],
)
def test_any_changed_source_gives_another_name(root: Path, changed: str) -> None:
    before = content_hash(root)
    (root / changed).write_text((root / changed).read_text() + " ")
    assert content_hash(root) != before


def test_a_new_a_renamed_and_a_moved_line_count(root: Path) -> None:
    names = {content_hash(root)}
    (root / "data/stories").mkdir()
    (root / "data/stories/one.yml").write_text("- c")
    names.add(content_hash(root))
    (root / "data/nlu/study.yml").rename(root / "data/nlu/club.yml")
    names.add(content_hash(root))
    (root / "data/nlu/club.yml").write_text("")
    (root / "data/rules/greet.yml").write_text("- a- b")
    names.add(content_hash(root))
    assert len(names) == 4


def test_what_is_no_source_does_not_count(root: Path) -> None:
    before = content_hash(root)
    for other in ("data/eval/x.yml", "bot/components/__pycache__/ginza.pyc", "README.md"):
        path = root / other
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("new")
    assert content_hash(root) == before
    assert model_path(root) == root / "models" / f"{before}.tar.gz"


def test_a_missing_domain_is_one_clear_line(root: Path) -> None:
    (root / "domain.yml").unlink()
    with pytest.raises(ConfigurationError, match=r"domain\.yml"):
        content_hash(root)


def test_rasa_gets_neither_lines_credentials_nor_the_owners_address() -> None:
    given = {
        "LINE_CHANNEL_SECRET": "s",
        "LINE_API_URL": "u",
        "TSUNAGI_DATABASE_OWNER_URL": "o",
        "TSUNAGI_RASA_TOKEN": "r",
    }
    got = bot_environment(given | {"VIRTUAL_ENV": "/x", "PATH": "/bin"})
    assert got["TSUNAGI_RASA_TOKEN"] == "r"
    assert got["PATH"] == "/bin"
    assert got["RASA_TELEMETRY_ENABLED"] == "false"
    assert not {"LINE_CHANNEL_SECRET", "LINE_API_URL", "TSUNAGI_DATABASE_OWNER_URL", "VIRTUAL_ENV"} & set(got)
