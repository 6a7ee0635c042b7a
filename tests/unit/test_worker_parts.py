"""What isn't answering children can't end the worker that does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from handoff import worker
from handoff.bootstrap.worker import WorkerParts
from handoff.domain.errors import StoreUnavailable

SWEEP = (
    "sweep", "watch_quota", "forget_traces", "forget_sign_ins", "tend", "tend_desk", "tend_drafts", "watch_reports",
    "tend_evidence", "tend_drills", "tend_blocks", "write_facts", "link_rows",
)  # fmt: skip
RETAIN = ("sweep_spent", "expire_backups", "run_retention")


class Enough(Exception):
    """Some rounds are over."""


async def rounds(
    monkeypatch: pytest.MonkeyPatch,
    loop: Callable[[WorkerParts], Awaitable[None]],
    faults: dict[str, Exception],
    sweep: Callable[..., Awaitable[int]] | None = None,
) -> Counter[str]:
    """How often each part was asked in three rounds."""
    asked = Counter[str]()

    def part(name: str) -> Callable[..., Awaitable[Any]]:
        async def work(*_: object) -> Any:
            asked[name] += 1
            if name in faults:
                raise faults[name]
            return None if name == "run_retention" else 0

        return work

    async def sleep(_seconds: float) -> None:
        asked["rounds"] += 1
        if asked["rounds"] == 3:
            raise Enough

    monkeypatch.setattr(asyncio, "sleep", sleep)
    jobs = SimpleNamespace(retry_stalled=part("retry_stalled"))
    made = SimpleNamespace(core=SimpleNamespace(jobs=jobs), **{name: part(name) for name in (*SWEEP, *RETAIN)})
    made.sweep = sweep or made.sweep
    with pytest.raises(Enough):
        await loop(cast(WorkerParts, made))
    return asked


@pytest.mark.parametrize("broken", RETAIN)
async def test_row_23_no_fault_of_a_disposal_ends_the_worker(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    asked = await rounds(monkeypatch, worker._retain_for_ever, {broken: ValueError("of ours")})
    assert {asked[name] for name in RETAIN} == {3}, "and the others are done all the same"
    asked = await rounds(monkeypatch, worker._retain_for_ever, {broken: StoreUnavailable("away")})
    assert asked[broken] == 3


async def sweeping(parts: WorkerParts) -> None:
    listening = asyncio.Event()
    listening.set()
    await worker._sweep_for_ever(parts, listening)


@pytest.mark.parametrize("broken", [*SWEEP, "retry_stalled"])
async def test_row_24_no_fault_of_a_round_ends_the_worker(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """Nor does it keep the others from their work: one row that can't be linked, and nobody's silence was tended."""
    asked = await rounds(monkeypatch, sweeping, {broken: ValueError("of ours")})
    assert {asked[name] for name in (*SWEEP, "retry_stalled")} == {3}


async def test_a_round_without_database_is_given_up_and_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = await rounds(monkeypatch, sweeping, {"tend": StoreUnavailable("away")})
    assert (asked["sweep"], asked["tend"], asked["link_rows"]) == (3, 3, 0)


async def test_every_young_event_is_woken_until_one_sweep_went_well(monkeypatch: pytest.MonkeyPatch) -> None:
    graces: list[tuple[object, ...]] = []

    async def sweep(*grace: object) -> int:
        graces.append(grace)
        if len(graces) == 1:
            raise ValueError("of ours")
        return 0

    await rounds(monkeypatch, sweeping, {}, sweep)
    assert graces == [(timedelta(),), (timedelta(),), ()]
