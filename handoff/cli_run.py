"""How every command of ``tsunagi`` runs: settings first, and one line for what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from handoff.domain.errors import TsunagiError
from handoff.settings import Settings, load_settings
from kernel.sealing import Keyring, SealingError


def with_settings(work: Callable[[Settings], int | None]) -> None:
    try:
        code = work(load_settings())
    except (TsunagiError, SealingError) as error:
        print(f"{error}", file=sys.stderr)
        raise typer.Exit(1) from None
    raise typer.Exit(code or 0)


def with_key_file(work: Callable[[Settings], int | None]) -> None:
    """For a process that is nothing without its key file: looked at before the seconds that loading everything takes."""

    def begin(settings: Settings) -> int | None:
        Keyring.from_file(settings.sealing_key_file)
        return work(settings)

    with_settings(begin)
