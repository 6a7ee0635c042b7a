"""Rasa's model, one for each content of its data, and the risk screen's, kept in git: trained when not there yet."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from handoff.alarm_settings import alarm_setting_names
from handoff.domain.errors import ConfigurationError
from handoff.settings import ROOT, load_settings
from handoff.supervisor.logfile import RotatingLog
from handoff.supervisor.process import Child, ProcessSpec
from handoff.supervisor.progress import Progress
from kernel.model_record import is_recorded
from kernel.risk import fingerprint

BOT_PYTHON: Final = ROOT / ".venv-bot" / "bin" / "python"

_SOURCES: Final = (
    "config.yml",
    "domain.yml",
    "data/nlu",
    "data/rules",
    "data/stories",
    # Code that decides what a model learns.
    "bot/components",
    "kernel/text",
)


def content_hash(root: Path = ROOT) -> str:
    """A name for all that a model is made of: 16 hex digits, the same on every machine for the same content.

    Raises: ConfigurationError: ``config.yml`` or ``domain.yml`` is missing.
    """
    digest = hashlib.sha256()
    for source in _SOURCES:
        path = root / source
        if path.is_file():
            files = [path]
        elif path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.suffix in (".py", ".yml", ".yaml", ".json", ".txt", ".tsv"))
        elif source.endswith(".yml"):
            raise ConfigurationError(f"{path} がありません。Rasaの学習に要ります。")
        else:
            files = []
        for file in files:
            name = file.relative_to(root).as_posix().encode()
            content = file.read_bytes()
            digest.update(b"%d:%s%d:" % (len(name), name, len(content)))
            digest.update(content)
    return digest.hexdigest()[:16]


def model_path(root: Path = ROOT) -> Path:
    """Where the model for the present content lies, whether it is there or not."""
    return root / "models" / f"{content_hash(root)}.tar.gz"


def training_spec(model: Path, environment: Mapping[str, str]) -> ProcessSpec:
    """The process that trains ``model``; the file appears whole, when the model has proved that it loads.

    Raises: ConfigurationError: Rasa's environment isn't set up.
    """
    model.parent.mkdir(parents=True, exist_ok=True)
    return ProcessSpec(
        name="train",
        argv=(str(bot_python()), "-m", "bot.train", "--out", str(model)),
        env=bot_environment(environment),
        cwd=ROOT,
    )


async def train_all() -> None:
    """Train whatever isn't there for the present content (`make train`), beside a running service.

    Raises: ConfigurationError: a training failed; the message names its log.
    """
    await train_risk_if_changed()
    await train_if_changed()


def risk_training_spec(environment: Mapping[str, str]) -> ProcessSpec:
    """The process that trains the risk screen's model; the file is replaced whole.

    Raises: ConfigurationError: Rasa's environment isn't set up.
    """
    argv = (str(bot_python()), "-m", "bot.risk_model")
    return ProcessSpec(name="train_risk", argv=argv, env=bot_environment(environment), cwd=ROOT)


async def train_risk_if_changed(root: Path = ROOT, spec: ProcessSpec | None = None) -> None:
    """Train the risk screen's model where the stored one isn't of these lines, rules and code; it belongs to git.

    Args: spec: what trains it, where it isn't ``bot.risk_model``.

    Raises: ConfigurationError: the training failed, or something was changed meanwhile.
    """
    progress = Progress()
    name = fingerprint.MODEL.as_posix()
    if not fingerprint.is_stale(root):
        progress.say(f"✓ 学習済みです / up to date: {name}")
        return
    chosen = risk_training_spec(os.environ) if spec is None else spec
    await _trained(progress, chosen, "危険度の判定を学習しています / training the risk screen")
    if fingerprint.is_stale(root):
        raise ConfigurationError("学習のあいだに、例文か規則が変わりました。もう一度 `make train` を実行してください。")
    progress.say(f"✓ {name} — 数字は `make eval` で / measure it with `make eval`")


async def train_if_changed() -> None:
    """Trains Rasa's model for the present content where there is none yet, beside a running service.

    Raises: ConfigurationError: the training failed; the message names its log.
    """
    progress = Progress()
    model = model_path()
    if is_recorded(model):
        progress.say(f"✓ 学習済みです / up to date: {model.relative_to(ROOT)}")
        return
    await _trained(progress, training_spec(model, os.environ), "Rasaを学習しています / training")
    progress.say(f"✓ {model.relative_to(ROOT)}")


async def _trained(progress: Progress, spec: ProcessSpec, step: str) -> None:
    """Run a training to its end. Raises: ConfigurationError: it failed; the message names its log."""
    log = RotatingLog(load_settings().var / "log" / f"{spec.name}.log")
    with progress, progress.step(step):
        child = Child(spec, log)
        try:
            code = await child.wait()
        finally:
            await child.stop()
            last = log.last_line()
            log.close()
        if code != 0:
            raise ConfigurationError(f"学習が失敗しました: {last} — 記録: {log.path}")


def bot_python() -> Path:
    """The interpreter of Rasa's environment.

    Raises: ConfigurationError: there is none.
    """
    if not os.access(BOT_PYTHON, os.X_OK):
        raise ConfigurationError(f"Rasaの環境がありません ({BOT_PYTHON})。`make setup` を実行してください。")
    return BOT_PYTHON


def bot_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What a process of Rasa gets: never LINE's credentials, the database owner's address or the ways of an alarm."""
    hidden = alarm_setting_names() | {"TSUNAGI_DATABASE_OWNER_URL", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}
    kept = {name: value for name, value in environment.items() if not name.startswith("LINE_") and name not in hidden}
    return kept | {"RASA_TELEMETRY_ENABLED": "false", "PYTHONUNBUFFERED": "1"}
