"""Passwords by argon2id (ADR 14). Other tests make them cheap; here they cost what they cost in the service."""

from __future__ import annotations

from handoff.adapters.passwords import ArgonPasswords

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
