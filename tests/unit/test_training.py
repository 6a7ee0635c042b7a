"""A model is named after the content that it was made of."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from handoff.alarm_settings import alarm_setting_names
from handoff.domain.errors import ConfigurationError
from handoff.supervisor.process import ProcessSpec
from handoff.training import bot_environment, content_hash, model_path, train_risk_if_changed
from kernel.risk.fingerprint import MODEL, fingerprint, is_stale


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


def test_a_process_of_rasa_knows_no_way_by_which_an_alarm_leaves() -> None:
    ways = alarm_setting_names()
    assert {"TSUNAGI_SMTP_URL", "TSUNAGI_ALARM_WEBHOOK_SECRET", "TSUNAGI_VOICE_GATEWAY_TOKEN"} < ways
    assert not ways & set(bot_environment(dict.fromkeys(ways, "x")))


# --- the risk screen's model ------------------------------------------------------------------------------------


def trainer(root: Path, code: str) -> ProcessSpec:
    return ProcessSpec("train_risk", (sys.executable, "-c", code), {}, cwd=root)


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TSUNAGI_VAR", str(tmp_path / "var"))
    (tmp_path / "data" / "risk").mkdir(parents=True)
    (tmp_path / "data" / "risk" / "a.jsonl").write_text("{}")
    return tmp_path


async def test_the_risk_model_is_trained_where_it_is_stale_and_only_then(lines: Path) -> None:
    model = f'{{"version": "{fingerprint(lines)}"}}'
    await train_risk_if_changed(lines, trainer(lines, f"open({str(MODEL)!r}, 'w').write({model!r})"))
    assert not is_stale(lines)
    await train_risk_if_changed(lines, trainer(lines, "raise SystemExit(1)"))


async def test_a_failed_training_of_the_risk_model_says_why_and_where(lines: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"学習が失敗しました: no vectors .*train_risk\.log"):
        await train_risk_if_changed(lines, trainer(lines, "raise SystemExit('no vectors')"))


async def test_lines_that_change_while_it_is_trained_ask_for_another_training(lines: Path) -> None:
    with pytest.raises(ConfigurationError, match="make train"):
        await train_risk_if_changed(lines, trainer(lines, "pass"))
