"""What is due when (KAG-8.4, TAJ-7, WG-19): properties over any person, any rule, any moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.adapters.profiles import load_profile
from handoff.domain.errors import InputRefused
from handoff.domain.kept import Kept
from handoff.domain.profile.privacy import Keeping, RetentionDays
from handoff.domain.retention import (
    OF_SESSION,
    RUN_EVERY,
    SETTLES,
    Cause,
    Held,
    HoldKind,
    KeptContact,
    KeptSession,
    Rule,
    dues,
    end_of,
    ordered,
    parting,
)
from handoff.domain.retention_hold import LONGEST, USUAL, checked_end
from handoff.domain.retention_words import CAUSE_WORDS, HELD_WORDS, HOLD_WORDS
from handoff.settings import ROOT

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)
moments = st.integers(0, 24 * 800).map(lambda hours: START + timedelta(hours=hours))
kinds = st.frozensets(st.sampled_from(OF_SESSION), min_size=1)
sessions = st.builds(
    KeptSession,
    st.uuids(version=4),
    st.one_of(st.none(), moments),
    kinds,
    st.frozensets(st.sampled_from(list(Held)), max_size=1),
)
contacts = st.builds(
    KeptContact,
    st.uuids(version=4),
    st.just(START),
    st.lists(sessions, max_size=4).map(tuple),
    st.one_of(st.none(), moments),
    st.one_of(st.none(), moments),
    st.one_of(st.none(), moments.map(lambda at: at.date())),
    st.frozensets(st.sampled_from(list(Held)), max_size=1),
    st.booleans(),
)
rules = st.builds(
    Rule,
    st.fixed_dictionaries({kind: st.one_of(st.none(), st.integers(1, 900)) for kind in (*OF_SESSION, Kept.CONTACT)}),
    st.booleans(),
)


@given(contacts, rules, moments, st.integers(0, 2000))
def test_nothing_outlives_its_deadline_by_a_day_unless_it_is_held(
    contact: KeptContact, rule: Rule, now: datetime, days: int
) -> None:
    now += timedelta(days=days)
    gone = parting(contact, rule, now)
    for due in dues(contact, rule, now):
        left = due.session_id is None or due.kind not in gone.kinds.get(due.session_id, frozenset())
        if due.session_id is None:
            left = not gone.contact
        if left and not due.held:
            assert now < due.at, "it would have gone with this run, and runs are hours apart"
        if not left:
            assert now >= due.at and not due.held
    assert RUN_EVERY < DAY


@given(contacts, rules, moments, moments)
def test_a_later_word_never_shortens(contact: KeptContact, rule: Rule, word: datetime, now: datetime) -> None:
    before = {(one.kind, one.session_id): one for one in dues(contact, rule, now)}
    later = replace(contact, last_word_at=max(word, contact.last_word_at or word))
    for one in dues(later, rule, now):
        assert one.at >= before[one.kind, one.session_id].at and one.held >= before[one.kind, one.session_id].held


@given(contacts, rules, st.dates(date(2026, 1, 1), date(2032, 1, 1)), moments)
def test_a_hold_never_shortens_and_lasts_to_the_end_of_its_day(
    contact: KeptContact, rule: Rule, until: date, now: datetime
) -> None:
    before = {(one.kind, one.session_id): one for one in dues(contact, rule, now)}
    held = replace(contact, held_until=max(until, contact.held_until or until))
    for one in dues(held, rule, now):
        assert one.at >= max(before[one.kind, one.session_id].at, end_of(until))
        assert one.held >= before[one.kind, one.session_id].held
        assert (Held.HOLD in one.held) or now >= end_of(until)


@given(contacts, rules, moments)
def test_who_is_here_or_came_within_a_day_keeps_everything(contact: KeptContact, rule: Rule, now: datetime) -> None:
    back = replace(contact, last_word_at=now - timedelta(hours=1))
    assert not parting(back, rule, now)
    if any(one.closed_at is None for one in contact.sessions):
        assert not parting(contact, rule, now + 5000 * DAY).contact


@given(contacts, rules, moments)
def test_the_person_goes_last(contact: KeptContact, rule: Rule, now: datetime) -> None:
    """Whoever can still read words can say whose they are."""
    gone = parting(contact, rule, now)
    if gone.contact:
        for one in contact.sessions:
            assert not (one.kinds - gone.kinds.get(one.id, frozenset())) & {Kept.TRANSCRIPT, Kept.MEDIA, Kept.REPORT}
    assert gone.whole <= gone.kinds.keys()


@given(contacts, moments)
def test_an_order_takes_all_of_what_it_names_or_nothing(contact: KeptContact, now: datetime) -> None:
    chosen = frozenset(one.id for one in contact.sessions[:2])
    gone, held = ordered(contact, chosen, now, everything=True)
    assert bool(held) != bool(gone) or (not chosen and not held)
    if not held:
        assert gone.whole == chosen == gone.kinds.keys()
        assert all(gone.kinds[one.id] == one.kinds for one in contact.sessions if one.id in chosen)
        assert not gone.contact or len(contact.sessions) == len(chosen)


def talk(number: int, closed: datetime | None, *of: Kept) -> KeptSession:
    return KeptSession(UUID(int=number), closed, frozenset(of or (Kept.TRANSCRIPT,)))


def at(contact: KeptContact, rule: Rule, number: int = 1) -> datetime:
    return next(one.at for one in dues(contact, rule, START) if one.session_id == UUID(int=number))


def test_days_count_from_the_end_the_handing_over_and_the_last_word() -> None:
    rule = Rule({Kept.TRANSCRIPT: 10}, extends=True)
    alone = KeptContact(UUID(int=9), START, (talk(1, START),))
    assert at(alone, rule) == START + 10 * DAY
    assert at(replace(alone, handed_over_at=START + 3 * DAY), rule) == START + 13 * DAY
    assert at(replace(alone, last_word_at=START + 8 * DAY), rule) == START + 18 * DAY, "a word anywhere postpones"
    back = replace(alone, sessions=(talk(1, START), talk(2, START + 8 * DAY)), last_word_at=START + 8 * DAY)
    assert at(back, rule) == START + 18 * DAY, "they came back the day before the last: all of it waits (WG-19)"
    assert at(back, Rule(rule.days, extends=False)) == START + 10 * DAY, "the profile may say otherwise"
    assert at(replace(back, reported=True), Rule(rule.days, extends=False)) == START + 18 * DAY, "one report, one end"
    assert dues(replace(alone, sessions=(talk(1, None),)), rule, START) == ()
    assert not dues(alone, Rule({}), START), "what nobody decided stays"


def test_a_message_that_line_may_bring_again_is_not_forgotten_yet() -> None:
    contact = KeptContact(UUID(int=9), START, (talk(1, START),))
    chosen = frozenset({UUID(int=1)})
    assert ordered(contact, chosen, START + SETTLES - DAY / 24, everything=True)[1] == {Held.FRESH}
    assert ordered(contact, chosen, START + SETTLES, everything=True)[0].contact


def test_a_hold_has_an_end_that_is_neither_past_nor_for_ever() -> None:
    today = date(2026, 11, 20)
    assert checked_end("until", None, today) == today + USUAL
    assert checked_end("until", today, today) == today
    for wrong in (today - DAY, today + LONGEST + DAY):
        with pytest.raises(InputRefused):
            checked_end("until", wrong, today)


def test_every_code_has_its_words() -> None:
    assert set(HELD_WORDS) == set(Held) and set(HOLD_WORDS) == set(HoldKind) and set(CAUSE_WORDS) == set(Cause)


def test_the_profile_s_days_are_the_rule() -> None:
    demo = load_profile(ROOT / "data" / "profiles" / "demo.yml")
    rule = Rule.of(demo.retention_days, demo.keeping)
    assert rule.extends and rule.days[Kept.MEDIA] == 90 and rule.days[Kept.CONTACT] == 365
    assert Rule.of(RetentionDays(), Keeping()).extends, "undecided keeps"
    assert not Rule.of(RetentionDays(), Keeping(returning_extends=False)).extends
    assert not any(Rule.of(RetentionDays(), Keeping()).days.values())
