"""Without a script one waits instead of working: a minute at first, five at most, and never from the beginning (row 15)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
import pytest

from handoff.domain.errors import WorkRequired
from handoff.domain.fair import CHALLENGE_LIFE, LEAST_BITS, MOST_BITS, WAIT_EACH, Allowance, Purpose
from handoff.web.fair import Fair, Work
from tests.support.flood_site import flood_site, request_from, solve

WHO = request_from("192.0.2.1")
#: Nothing goes without work once one thing was counted.
ONE = {purpose: Allowance(1, 1_000, timedelta(days=1), MOST_BITS) for purpose in Purpose}


@dataclass
class Hand:
    """A clock that is moved by hand, and what is asked by it."""

    now: float = 1_000_000.0
    fair: Fair = field(init=False)

    def __post_init__(self) -> None:
        self.fair = Fair(allowances=ONE, clock=lambda: self.now)

    async def asked(self, work: Work | None = None) -> WorkRequired | None:
        """What is asked of somebody who comes with this; None where they go through."""
        try:
            await self.fair.check(WHO, Purpose.REPORT_KEEP, work)
        except WorkRequired as error:
            return error
        return None


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.mark.parametrize("bits", range(LEAST_BITS, MOST_BITS + 1))
def test_each_bit_is_a_minute_and_some_minutes_are_left_to_press(hand: Hand, bits: int) -> None:
    waited = Work(hand.fair.challenge(Purpose.REPORT_KEEP, bits), "")
    seconds = WAIT_EACH * (bits - LEAST_BITS + 1)
    assert 60 <= seconds <= 300 and CHALLENGE_LIFE - seconds >= 600
    hand.now += seconds - 1
    assert not hand.fair.spend(Purpose.REPORT_KEEP, waited), "too early"
    hand.now += 1
    assert not hand.fair.spend(Purpose.CHAT_START, waited), "asked for another purpose"
    assert hand.fair.spend(Purpose.REPORT_KEEP, waited)
    assert not hand.fair.spend(Purpose.REPORT_KEEP, waited), "it counts once"


def test_who_waited_too_long_is_asked_anew(hand: Hand) -> None:
    waited = Work(hand.fair.challenge(Purpose.REPORT_KEEP, LEAST_BITS), "")
    hand.now += CHALLENGE_LIFE + 1
    assert not hand.fair.spend(Purpose.REPORT_KEEP, waited)


async def test_who_presses_too_early_waits_on_and_not_from_the_beginning(hand: Hand) -> None:
    assert await hand.asked() is None
    first = await hand.asked()
    assert first is not None and (first.bits, first.wait, first.life) == (LEAST_BITS, 60, CHALLENGE_LIFE)
    left = []
    for gone in (10, 20, 29):  # again and again, and the flood goes on beside them
        hand.now += gone
        early = await hand.asked(Work(first.challenge, ""))
        assert early is not None and early.challenge == first.challenge
        left.append(early.wait)
        await hand.fair.check(WHO, Purpose.REPORT_KEEP, done(hand.fair))
    assert left == [50, 30, 1]
    hand.now += 1
    assert await hand.asked(Work(first.challenge, "")) is None
    again = await hand.asked(Work(first.challenge, ""))
    assert again is not None and again.challenge != first.challenge, "what was spent begins anew"


def done(fair: Fair) -> Work:
    challenge = fair.challenge(Purpose.REPORT_KEEP, LEAST_BITS)
    return Work(challenge, solve(challenge, LEAST_BITS))


async def test_nobody_waits_by_a_challenge_that_isn_t_ours(hand: Hand) -> None:
    assert await hand.asked() is None
    first = await hand.asked()
    assert first is not None
    # Dated back, so that its time would have come.
    early = re.sub(r"\.(\d{3,12})\.", lambda found: f".{int(found[1]) - 400}.", first.challenge)
    assert early != first.challenge
    for forged in (early, "nonsense", Fair(clock=lambda: hand.now).challenge(Purpose.REPORT_KEEP, LEAST_BITS)):
        asked = await hand.asked(Work(forged, ""))
        assert asked is not None and asked.challenge not in (forged, first.challenge)


async def test_a_wrong_number_is_no_way_around_the_wait_and_a_wait_none_around_the_clock(hand: Hand) -> None:
    assert await hand.asked() is None
    first = await hand.asked()
    assert first is not None
    hand.now += 600
    assert await hand.asked(Work(first.challenge, "1")) is not None
    assert await hand.asked(Work(first.challenge, "")) is None


async def test_the_page_says_when_and_goes_on_by_its_button() -> None:
    """As a browser without a script sends it: the challenge, and no number."""
    async with flood_site(ONE) as site, aiohttp.ClientSession() as http:
        await http.post(f"{site.url}/report", data={"words": "x"})
        async with http.post(f"{site.url}/report", data={"words": "けられています"}) as answer:
            page, wait = await answer.text(), answer.headers["retry-after"]
        assert (answer.status, wait) == (429, "60")
        assert "1分ほど待つと、先に進めます" in page and "書いたものは消えません" in page
        assert 'class="clock wait-60"' in page and re.search(r"\d+時\d\d分になったら、「もう一度送る」", page)
        held = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        assert held["words"] == "けられています" and held["work"] and not held["work_nonce"]
        async with http.post(f"{site.url}/report", data=held) as answer:
            again = await answer.text()
        assert answer.status == 429 and held["work"] in again and int(answer.headers["retry-after"]) <= 60


async def test_neither_counters_nor_what_was_spent_grow_with_a_flood(hand: Hand) -> None:
    """Row 6: the pace's memory is bounded, whoever sends from however many networks, and however much they work or wait."""
    counters = hand.fair._counters
    for number in range(40_000):
        await counters.count(Purpose.RECEIPT_WRONG, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    kept = counters._limiter.storage
    assert len(vars(kept)["storage"]) <= 2**14 + 1
    for _number in range(2_000):
        waited = Work(hand.fair.challenge(Purpose.REPORT_KEEP, LEAST_BITS), "")
        hand.now += WAIT_EACH
        assert hand.fair.spend(Purpose.REPORT_KEEP, waited)
        assert len(hand.fair._spent) <= CHALLENGE_LIFE / WAIT_EACH + 2, "what has run out is forgotten"
