"""What a counsellor writes down of a consultation that came another way (TAJ-1, HYO-4.1①)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.adapters.profiles import load_profile
from handoff.domain.coding import Writer
from handoff.domain.errors import InputRefused
from handoff.domain.incoming import ONE_TO_ONE, OTHER_WAYS, PAGES, TALKS, Channel
from handoff.domain.other_ways import (
    AHEAD,
    BEHIND,
    CHANNEL_NAMES,
    LONGEST_NAME,
    LONGEST_WORDS,
    OtherWay,
    checked,
    offered,
)
from handoff.settings import ROOT

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TAJIMI = load_profile(ROOT / "data" / "profiles" / "tajimi.yml")
ENTRY = OtherWay(Channel.PHONE, NOW, "友だちのことで電話がありました")


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        # TAJ-1 「面談」「電話」「Eメール」「手紙」「FAX」
        ("tajimi", {Channel.PHONE, Channel.MAIL, Channel.FAX, Channel.LETTER, Channel.IN_PERSON}),
        ("hyogo", {Channel.PHONE, Channel.MAIL, Channel.FAX}),  # HYO-4.1①; letter and talk: the document is silent
        ("kagoshima", set()),  # its lines are other services', only named
        ("hokkaido", set()),
    ],
)
def test_a_service_takes_the_ways_that_its_document_offers(name: str, ways: set[Channel]) -> None:
    assert set(offered(load_profile(ROOT / "data" / "profiles" / f"{name}.yml"))) == ways


def test_the_other_ways_are_screened_and_nobody_is_talked_with() -> None:
    assert OTHER_WAYS <= ONE_TO_ONE and not OTHER_WAYS & (TALKS | PAGES)
    assert set(CHANNEL_NAMES) == set(Channel)


@given(st.text())
def test_any_words_are_kept_as_they_are_or_refused(words: str) -> None:
    entry = replace(ENTRY, words=words)
    if words.strip():
        assert checked(entry, TAJIMI, NOW).words == words.strip()
    else:
        with pytest.raises(InputRefused) as refused:
            checked(entry, TAJIMI, NOW)
        assert refused.value.field == "words"


@given(st.timedeltas(-timedelta(days=900), timedelta(days=900)))
def test_a_moment_lies_within_a_year_and_not_ahead(by: timedelta) -> None:
    entry = replace(ENTRY, came_at=NOW + by)
    if -BEHIND <= by <= AHEAD:
        assert checked(entry, TAJIMI, NOW) == entry
    else:
        with pytest.raises(InputRefused) as refused:
            checked(entry, TAJIMI, NOW)
        assert refused.value.field == "came_at"


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (replace(ENTRY, words="あ" * (LONGEST_WORDS + 1)), "words"),
        (replace(ENTRY, school="あ" * (LONGEST_NAME + 1)), "school"),
        (replace(ENTRY, name="あ" * (LONGEST_NAME + 1)), "name"),
        (replace(ENTRY, channel=Channel.LINE), "channel"),
        (replace(ENTRY, channel=Channel.REPORT), "channel"),
    ],
)
def test_too_much_and_a_way_of_the_services_own_are_refused(entry: OtherWay, field: str) -> None:
    with pytest.raises(InputRefused) as refused:
        checked(entry, TAJIMI, NOW)
    assert refused.value.field == field


def test_the_longest_letter_is_taken() -> None:
    assert checked(replace(ENTRY, words="あ" * LONGEST_WORDS), TAJIMI, NOW).words == "あ" * LONGEST_WORDS


def test_what_was_told_of_the_person_stands_under_the_intakes_names() -> None:
    assert ENTRY.intake() == {}
    told = replace(ENTRY, role=Writer.STAFF, school="第三中", name="山田")
    assert told.intake() == {"role": "teacher", "school_name": "第三中", "caller": "山田"}
