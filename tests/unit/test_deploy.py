"""The units of deploy/: what they run is there, what it reads is in sight, what it writes may be written and nothing else."""

from __future__ import annotations

import re
import shlex
import tomllib
from configparser import RawConfigParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from handoff.adapters.database.embedded import socket_folder
from handoff.addresses import is_loopback
from handoff.bootstrap import backups
from handoff.bootstrap.backups import BackupParts
from handoff.cli import app
from handoff.settings import ROOT, Settings, load_settings, setting_names
from kernel.sealing import ensure_key_file

DEPLOY = ROOT / "deploy"
EXAMPLE = DEPLOY / "backup.env.example"
BACKUP, CHECK = "tsunagi-backup.service", "tsunagi-restore-check.service"
#: Each unit has them: it reads words of children, and nobody looks on while it runs.
HARDENED = {
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectControlGroups": "yes",
    "ProtectProc": "invisible",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
}


class Unit(RawConfigParser):
    """A file of systemd's. Its names keep their letters, and none stands there twice."""

    def __init__(self, name: str) -> None:
        super().__init__(strict=True)
        self.read_string((DEPLOY / name).read_text(encoding="utf-8"), name)

    def optionxform(self, optionstr: str) -> str:
        return optionstr

    @property
    def writable(self) -> list[Path]:
        return [Path(path) for path in self["Service"]["ReadWritePaths"].split()]

    def may_write(self, path: Path) -> bool:
        return any(path.is_relative_to(folder) for folder in self.writable)


def names(suffix: str) -> list[str]:
    return sorted(path.name for path in DEPLOY.glob(f"*{suffix}"))


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """As the units' commands have them, by the example."""
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            monkeypatch.setenv(*line.split("=", 1))
    return load_settings()


def test_each_timer_has_its_service_and_each_service_its_timer() -> None:
    assert names(".service") == [BACKUP, CHECK]
    assert [Path(name).stem for name in names(".timer")] == [Path(name).stem for name in names(".service")]
    for name in names(".timer"):
        timer = Unit(name)
        assert "Unit" not in timer["Timer"] and timer["Timer"]["OnCalendar"], name
        assert timer["Timer"]["Persistent"] == "true", name
        assert timer["Install"]["WantedBy"] == "timers.target", name
    guide = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    for name in (*names(".service"), *names(".timer"), EXAMPLE.name):
        assert name in guide, "whoever sets it up is told of it"


@pytest.mark.parametrize("name", names(".service"))
def test_what_a_unit_runs_is_a_command_of_ours(name: str) -> None:
    service = Unit(name)["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert program == f"{service['WorkingDirectory']}/.venv/bin/tsunagi"
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts["tsunagi"] == "handoff.cli:main"
    assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0
    assert CliRunner().invoke(app, [*words, "--no-such-option", "--help"]).exit_code != 0, "each word is looked at"
    assert service["Type"] == "oneshot" and service["User"] not in ("", "root")


def test_each_variable_that_the_units_are_told_is_a_setting() -> None:
    told = re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(told) <= set(setting_names()) and len(told) == len(set(told)) >= 9
    for name in names(".service"):
        text = (DEPLOY / name).read_text(encoding="utf-8")
        assert Unit(name)["Service"]["EnvironmentFile"] == "/etc/tsunagi/backup.env"
        assert set(re.findall(r"\b(?:TSUNAGI|LINE)_[A-Z_]*[A-Z]\b", text)) <= set(told), name


def test_a_unit_may_write_what_its_command_writes_and_nothing_that_it_only_reads(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is written is asked of the parts that the commands are made of."""
    trials: list[Path] = []
    monkeypatch.setattr(backups, "ScratchServer", lambda folder, _programs: trials.append(folder))
    ensure_key_file(tmp_path / "seal.key")
    parts = BackupParts(settings.model_copy(update={"key_file": tmp_path / "seal.key"}))
    parts.check(recorded=False)
    (trial,) = trials
    vault = parts.vault
    written = {BACKUP: {vault._folder, vault._keys.parent}, CHECK: {trial, socket_folder(trial)}}
    for name, paths in written.items():
        service = Unit(name)
        for path in paths:
            assert service.may_write(path), (name, path)
        # Nothing is allowed that no command needs.
        for folder in service.writable:
            assert any(path.is_relative_to(folder) for path in paths), (name, folder)
        program = Path(service["Service"]["WorkingDirectory"])
        for read in (settings.sealing_key_file, settings.profile, program / "handoff", program / ".venv"):
            assert not service.may_write(read), (name, read)
    assert not Unit(CHECK).may_write(settings.backup_folder) and not Unit(CHECK).may_write(settings.backup_keys_file)


@pytest.mark.parametrize("name", names(".service"))
def test_a_unit_sees_the_embedded_server_s_socket(name: str, settings: Settings) -> None:
    """Also the check of a restore, which tells its result to the database: a /tmp of its own would hide it."""
    assert socket_folder(settings.var).is_relative_to("/tmp")
    assert Unit(name)["Service"]["PrivateTmp"] == "no"


@pytest.mark.parametrize("name", names(".service"))
def test_a_unit_is_hardened(name: str) -> None:
    service = Unit(name)["Service"]
    assert {line: service[line] for line in HARDENED if line in service} == HARDENED


def test_nothing_listens_beyond_this_machine_until_somebody_says_so(settings: Settings) -> None:
    """The one door is the proxy's, and it goes to this machine."""
    assert is_loopback(f"http://{settings.host}")
    for url in (settings.rasa_url, settings.actions_url, settings.simulator_url):
        assert is_loopback(url), url
    passed = re.findall(r"proxy_pass (\S+);", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert passed and set(passed) == {f"http://127.0.0.1:{settings.port}"}
