"""How long the way in takes says nothing about who there is, by the real page (row 10)."""

from __future__ import annotations

import functools
import statistics
import time

import pytest
from argon2 import PasswordHasher

from handoff.adapters import passwords
from tests.integration.conftest import Service
from tests.integration.desk_browser import Browser, desk_of
from tests.integration.desk_support import Bridge
from tests.integration.sign_in.test_pace import SIGN_IN, WRONG

PAIRS = 16
#: Of the time that a try at a name takes which there is.
MOST = 0.1


async def test_row_10_unknown_names_take_as_long_at_the_page(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processor's time of all that a try makes the process do, in pairs: whatever else this machine is doing."""
    # A fifth of what a hash costs in the service: what else differs between the two would be seen the sooner.
    monkeypatch.setattr(passwords, "PasswordHasher", functools.partial(PasswordHasher, 1, 32 * 1024, 1))
    bridge = Bridge(service)
    await bridge.person("ゆき")
    spans: dict[str, list[float]] = {"ゆき": [], "だれもいない": []}
    async with desk_of(bridge) as url, Browser.at(url) as stranger:
        for number in range(PAIRS + 1):
            for name in list(spans)[:: 1 if number % 2 else -1]:
                began = time.process_time()
                status, _page, _headers = await stranger.form(SIGN_IN, {"name": name, "password": WRONG})
                spans[name].append(time.process_time() - began)
                assert status == 403
            bridge.clock.advance(hours=1)  # who tries slowly isn't made to wait
    # The first pair made connections and templates.
    known, unknown = (one[1:] for one in spans.values())
    there = statistics.median(known)
    apart = statistics.median(a - b for a, b in zip(known, unknown, strict=True))
    print(there, apart)
    assert abs(apart) < MOST * there, (apart, there)
