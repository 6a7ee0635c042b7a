"""Passwords by argon2id (ADR 14). Other tests make them cheap; here they cost what they cost in the service."""

from __future__ import annotations

import asyncio
import statistics
import time

import pytest
from argon2 import PasswordHasher

from handoff.adapters import passwords as module
from handoff.adapters.passwords import MOST_WAITING, ArgonPasswords
from handoff.domain.errors import SignInSlowed

#: What OWASP's password storage cheat sheet asks at the least: 19 MiB and two rounds.
LEAST_KIB, LEAST_ROUNDS = 19 * 1024, 2


async def test_a_password_is_kept_so_that_trying_many_is_slow() -> None:
    passwords = ArgonPasswords()
    encoded = await passwords.encode("ねこが3びき")
    _, kind, _, costs, *_ = encoded.split("$")
    memory, rounds = (int(part.split("=")[1]) for part in costs.split(",")[:2])
    assert kind == "argon2id" and memory >= LEAST_KIB and rounds >= LEAST_ROUNDS
    assert await passwords.fits(encoded, "ねこが3びき")
    assert not await passwords.fits(encoded, "ねこが4ひき")


async def test_nobody_has_a_password_and_a_broken_one_fits_nothing() -> None:
    passwords = ArgonPasswords()
    assert not await passwords.fits(None, "nobody has this password")
    assert not await passwords.fits("not argon2's", "ねこが3びき")
    assert not passwords.is_old("not argon2's")


async def test_full_width_signs_are_the_same_password_and_one_from_before_that_still_fits() -> None:
    passwords = ArgonPasswords()
    encoded = await passwords.encode("ｎｅｋｏ－３")
    assert await passwords.fits(encoded, "neko-3") and await passwords.fits(encoded, "ｎｅｋｏ－３")
    before = PasswordHasher().hash("ｎｅｋｏ－３")
    assert await passwords.fits(before, "ｎｅｋｏ－３") and not await passwords.fits(before, "neko-3")


async def test_a_password_kept_at_another_cost_is_old() -> None:
    passwords = ArgonPasswords()
    assert passwords.is_old(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("ねこが3びき"))
    assert not passwords.is_old(await passwords.encode("ねこが3びき"))


async def test_row_10_unknown_names_take_as_long() -> None:
    """From the very first try on: what they are compared with is made before."""
    passwords = ArgonPasswords()
    encoded = await passwords.encode("ねこが3びき")
    spans: dict[bool, list[float]] = {True: [], False: []}
    for number in range(16):
        # Pairs side by side, each first as often as the other, and the processor's time: whatever else this machine does.
        for known in (True, False) if number % 2 else (False, True):
            began = time.process_time()
            assert not await passwords.fits(encoded if known else None, "ねこが4ひき")
            spans[known].append(time.process_time() - began)
    there, nobody = statistics.median(spans[True]), statistics.median(spans[False])
    assert abs(there - nobody) < 0.1 * there, (there, nobody)
    assert spans[False][0] < 1.8 * max(spans[True]), "the first try at an unknown name costs no second hash"


async def test_row_10_strangers_queue_up_to_an_end_and_nobody_known_behind_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PasswordHasher", lambda: PasswordHasher(1, 8, 1))
    passwords = ArgonPasswords()
    encoded = await passwords.encode("ねこが3びき")
    flood = [asyncio.create_task(passwords.fits(None, f"guess {n}")) for n in range(MOST_WAITING + 40)]
    await asyncio.sleep(0)
    done = asyncio.create_task(passwords.fits(encoded, "ねこが3びき", known=True))
    assert await done
    assert sum(not one.done() for one in flood) > MOST_WAITING / 2, "they didn't wait for the strangers"
    outcomes = await asyncio.gather(*flood, return_exceptions=True)
    assert sum(isinstance(one, SignInSlowed) for one in outcomes) == 40
    assert outcomes.count(False) == MOST_WAITING
    assert not await passwords.fits(None, "and the queue is free again")
