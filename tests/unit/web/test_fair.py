"""Schools stand behind one address, floods work a little, and nobody is refused (KAG-4.2: reports at any hour, by any pupil)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from html.parser import HTMLParser

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.errors import WorkRequired
from handoff.domain.fair import ALLOWANCES, CHALLENGE_LIFE, LEAST_BITS, Allowance, Purpose
from handoff.web.fair import Fair, Work
from handoff.web.fair.fair import HEADER
from tests.support.flood_site import RIGHT, FloodSite, flood_site, request_from, solve

SMALL = {purpose: Allowance(3, 1_000, timedelta(minutes=10), 20) for purpose in Purpose}
JSON = {"accept": "application/json"}
HOSTILE = "\r\n <script>alert(1)</script>\"'&amp;　いじめを見ました\r\n二行目 "


class Page(HTMLParser):
    """Reads the fields and the links of a page as a browser would."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.form: dict[str, str | None] = {}
        self.scripts = 0
        self.text = text
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "input":
            self.fields.append((told.get("name") or "", told.get("value") or ""))
        elif tag == "a":
            self.links.append(told.get("href") or "")
        elif tag == "form":
            self.form = told
        elif tag == "script":
            self.scripts += 1


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=40)) as session:
        yield session


@pytest.fixture
async def school() -> AsyncIterator[FloodSite]:
    async with flood_site() as site:
        yield site


@pytest.fixture
async def small() -> AsyncIterator[FloodSite]:
    """A site whose allowance is three from one address."""
    async with flood_site(SMALL) as site:
        yield site


async def test_forty_pupils_behind_one_address_never_meet_work(school: FloodSite, http: aiohttp.ClientSession) -> None:
    """Row 15: a class, each of whom sends a report, some of them more than once."""

    async def pupil(number: int) -> list[int]:
        statuses = []
        for _again in range(1 + number % 4):
            async with http.post(f"{school.url}/report", data={"words": f"{number}"}) as answer:
                statuses.append(answer.status)
        return statuses

    statuses = await asyncio.gather(*map(pupil, range(40)))
    assert {status for one in statuses for status in one} == {200}
    assert len({form["words"] for form in school.stored}) == 40 and len(school.stored) == 100


async def test_a_flood_is_asked_for_work_and_goes_on_with_it(school: FloodSite, http: aiohttp.ClientSession) -> None:
    """Row 15: beyond the allowance everybody gets work and phone lines, and nobody is blocked."""
    statuses = Counter[int]()
    for _number in range(250):
        async with http.post(f"{school.url}/report", data={"words": "x"}) as answer:
            statuses[answer.status] += 1
            if answer.status == 429:
                page = Page(await answer.text())
                assert {"tel:110", "tel:119"} <= set(page.links)
                assert any(link.startswith("tel:0") for link in page.links)
    assert statuses == {200: 200, 429: 50}
    for _number in range(2):
        async with http.post(f"{school.url}/report", data={"words": "x"}, headers=JSON) as answer:
            asked = await answer.json()
        done = {HEADER: f"{asked['challenge']} {solve(asked['challenge'], asked['bits'])}"}
        async with http.post(f"{school.url}/report", data={"words": "mine"}, headers=done) as answer:
            assert answer.status == 200
    assert [form["words"] for form in school.stored].count("mine") == 2


async def test_the_page_keeps_what_was_typed_and_takes_it_with_the_work(
    small: FloodSite, http: aiohttp.ClientSession
) -> None:
    typed = {"words": HOSTILE, "empty": "", "名前": "値"}
    for _number in range(3):
        await http.post(f"{small.url}/report?school=1", data=typed)
    async with http.post(f"{small.url}/report?school=1", data=typed) as answer:
        assert answer.status == 429 and answer.headers["cache-control"] == "no-store"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        page = Page(await answer.text())
    assert page.form["action"] == "/report?school=1" and page.form["method"] == "post" and page.scripts == 2
    assert page.fields == [*typed.items(), ("work", page.form["data-challenge"]), ("work_nonce", "")]
    challenge = str(page.form["data-challenge"])
    nonce = solve(challenge, int(str(page.form["data-bits"])))
    sent = dict(page.fields) | {"work": challenge, "work_nonce": nonce}
    async with http.post(f"{small.url}/report?school=1", data=sent) as answer:
        assert answer.status == 200
    assert {name: small.stored[-1][name] for name in ("words", "名前")} == {"words": HOSTILE, "名前": "値"}
    async with http.post(f"{small.url}/report?school=1", data=sent) as answer:
        assert answer.status == 429, "the same work counts once"
        again = Page(await answer.text())
    assert again.fields[:3] == page.fields[:3] and again.form["data-challenge"] != challenge


async def test_without_a_script_the_page_says_what_to_do(small: FloodSite, http: aiohttp.ClientSession) -> None:
    for _number in range(4):
        answer = await http.post(f"{small.url}/report", data={"words": "x"})
    text = await answer.text()
    assert (
        "になったら、「もう一度送る」" in text
        and "1分ほど待つと、先に進めます" in text
        and "LINE" in text
        and "hidden data-no-script" not in text
    )
    async with http.post(f"{small.url}/report", data={"words": "x", "work": "?", "work_nonce": "1"}) as answer:
        assert answer.status == 429, "what isn't work gets new work, and no error"


@pytest.mark.parametrize("headers", [JSON, {HEADER: "nonsense"}, {HEADER: "a b"}])
async def test_a_script_gets_the_work_as_json(
    small: FloodSite, http: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    for _number in range(4):
        answer = await http.post(f"{small.url}/report", data={"words": "x"}, headers=headers)
    asked = await answer.json()
    assert answer.status == 429 and asked["code"] == "work_required" and asked["bits"] == LEAST_BITS
    assert asked["challenge"].startswith("w1.report_start.16.") and asked["message"]


async def test_what_is_refused_for_want_of_work_makes_it_no_harder(
    small: FloodSite, http: aiohttp.ClientSession
) -> None:
    """Who floods without working can't raise the work of the others."""
    for _number in range(100):
        answer = await http.post(f"{small.url}/report", data={"words": "x"}, headers=JSON)
    assert (await answer.json())["bits"] == LEAST_BITS and len(small.stored) == 3


async def test_guessing_receipts_is_slowed_and_the_holder_comes_in(http: aiohttp.ClientSession) -> None:
    """Row 6 over HTTP: guesses from many addresses are asked for work; the holder's work opens the report."""
    async with flood_site(proxies=1) as site:
        slowed = 0
        for number in range(600):
            headers = {"x-forwarded-for": f"192.0.2.{number % 100}"}
            async with http.post(f"{site.url}/receipt", json={"code": f"g{number}"}, headers=headers) as answer:
                slowed += answer.status == 429
        assert slowed == 400 and len(site.tried) == 200, "two hundred in all, then work for each"
        mine = {"x-forwarded-for": "192.0.2.7"}
        async with http.post(f"{site.url}/receipt", json={"code": RIGHT}, headers=mine) as answer:
            asked = await answer.json()
        began = time.perf_counter()
        mine[HEADER] = f"{asked['challenge']} {solve(asked['challenge'], asked['bits'])}"
        async with http.post(f"{site.url}/receipt", json={"code": RIGHT}, headers=mine) as answer:
            assert answer.status == 200 and await answer.json() == {"report": "it is"}
        assert time.perf_counter() - began < 5


async def test_ten_thousand_guesses_from_a_hundred_addresses() -> None:
    """Row 6: 0 hits, nearly all of them slowed, and whoever holds the code is asked for no more than 18 bits."""
    fair, passed, hits = Fair(), 0, 0
    for number in range(10_000):
        request = request_from(f"198.51.100.{number % 100}")
        try:
            await fair.check(request, Purpose.RECEIPT_WRONG)
        except WorkRequired:
            continue
        passed += 1
        hits += f"guess-{number}" == RIGHT
        await fair.wrong_receipt(request)
    assert hits == 0 and passed == 200
    assert await fair.bits(request_from("203.0.113.9"), Purpose.RECEIPT_WRONG) <= 18
    # From one address alone ten go without work, and its neighbours aren't asked for any.
    fair = Fair()
    for _number in range(10):
        await fair.check(request_from("198.51.100.1"), Purpose.RECEIPT_WRONG)
        await fair.wrong_receipt(request_from("198.51.100.1"))
    assert await fair.bits(request_from("198.51.100.1"), Purpose.RECEIPT_WRONG) == LEAST_BITS
    assert await fair.bits(request_from("198.51.100.2"), Purpose.RECEIPT_WRONG) == 0


def made(fair: Fair, purpose: Purpose = Purpose.CHAT_START) -> Work:
    challenge = fair.challenge(purpose, LEAST_BITS)
    return Work(challenge, solve(challenge, LEAST_BITS))


def test_work_counts_once_for_its_purpose_and_in_its_time() -> None:
    now = 1_000_000.0
    fair = Fair(clock=lambda: now)
    work = made(fair)
    assert not fair.spend(Purpose.REPORT_START, work), "asked for another purpose"
    assert not fair.spend(Purpose.CHAT_START, None)
    now += CHALLENGE_LIFE + 1
    assert not fair.spend(Purpose.CHAT_START, work), "too late"
    now -= 1
    assert fair.spend(Purpose.CHAT_START, work) and not fair.spend(Purpose.CHAT_START, work)
    now += CHALLENGE_LIFE
    assert not fair.spend(Purpose.CHAT_START, work), "spent for as long as it would hold"


def test_any_process_with_the_same_key_takes_the_work_and_none_with_another() -> None:
    def sign(text: str) -> bytes:
        return text[::-1].encode()[:32]

    work = made(Fair(sign))
    assert Fair(sign).spend(Purpose.CHAT_START, work)
    assert not Fair().spend(Purpose.CHAT_START, work)


ONCE = Fair()
DONE = made(ONCE)


@given(st.data())
def test_a_challenge_that_was_changed_counts_nothing(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(DONE.challenge) - 1))
    letter = data.draw(st.characters())
    changed = DONE.challenge[:at] + letter + DONE.challenge[at + 1 :]
    if changed != DONE.challenge:
        assert not ONCE.spend(Purpose.CHAT_START, Work(changed, DONE.nonce))


@given(st.text(), st.text())
def test_no_text_is_work_and_none_makes_it_fail(challenge: str, nonce: str) -> None:
    assert not ONCE.spend(Purpose.CHAT_START, Work(challenge, nonce))
    assert not ONCE.spend(Purpose.CHAT_START, Work(DONE.challenge, nonce + "x"))


async def test_no_address_is_kept_anywhere() -> None:
    """Row 25: neither the address nor its hash without the day's salt lies in memory."""
    fair = Fair()
    for _number in range(20):
        await fair.check(request_from("203.0.113.77"), Purpose.CHAT_START)
    counters = fair._counters
    assert "203.0.113" not in repr(vars(counters)) + repr(vars(counters._limiter.storage))
    addresses = [f"203.0.113.{last}" for last in range(64)]
    today = [counters._bucket(Purpose.CHAT_START, address) for address in addresses]
    assert today == [counters._bucket(Purpose.CHAT_START, address) for address in addresses]
    counters._salted_at -= 25 * 60 * 60
    assert today != [counters._bucket(Purpose.CHAT_START, address) for address in addresses], "a new day knows nobody"


def test_allowances_that_people_read_are_what_is_decided() -> None:
    assert (ALLOWANCES[Purpose.REPORT_START].here, ALLOWANCES[Purpose.RECEIPT_WRONG].in_all) == (200, 200)
