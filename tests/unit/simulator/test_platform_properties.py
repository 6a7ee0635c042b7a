"""Whatever the order of calls: no push is shown twice under one key, no token answers twice."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from handoff.simulator import acts
from handoff.simulator.messages import graphemes, utf16_units
from handoff.simulator.platform import Platform
from handoff.simulator.tokens import ReplyTokens

KEYS = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(3)]


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def message(words: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": words}]


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.floats(0, 7200), st.booleans()), max_size=40))
def test_a_key_is_shown_once_in_a_day_whatever_comes_between(steps: list[tuple[str, float, bool]]) -> None:
    clock = Clock()
    platform = Platform(clock, lambda: 0)
    student = platform.create_user().user_id
    platform.act(acts.Follow(user=student))
    first_accepted: dict[str, float] = {}
    for key, pause, good in steps:
        clock.at = min(clock.at + pause, 86_000.0)  # stay within one day
        body = {"to": student, "messages": message(key if good else "")}
        status = platform.push(body, request_id=key, retry_key=key).status
        # A key that was accepted answers 409 to whatever body comes with it.
        assert status == (409 if key in first_accepted else 200 if good else 400)
        if status == 200:
            first_accepted[key] = clock.at
    shown = Counter(entry.text for entry in platform.chat(student).answers())
    assert shown == Counter(dict.fromkeys(first_accepted, 1))


@given(st.lists(st.tuples(st.sampled_from(["spend", "renew", "wait"]), st.floats(0, 200)), max_size=40))
def test_a_token_is_spent_at_most_once_and_never_after_its_minute(steps: list[tuple[str, float]]) -> None:
    clock = Clock()
    tokens = ReplyTokens(clock, 60.0)
    tokens.issue("t", "chat")
    good_from, spent = 0.0, 0
    for step, seconds in steps:
        if step == "wait":
            clock.at += seconds
        elif step == "renew":
            renewed = tokens.renew("t")
            assert renewed == (spent == 0 and clock.at <= 1200)
            good_from = clock.at if renewed else good_from
        else:
            good = tokens.chat_of("t") is not None
            assert good == (spent == 0 and clock.at - good_from <= 60)
            if good:
                tokens.spend("t")
                spent += 1
    assert spent <= 1


@given(st.text(max_size=50))
def test_units_are_those_of_utf16(words: str) -> None:
    assert utf16_units(words) == len(words.encode("utf-16-le", "surrogatepass")) // 2


@given(st.text(max_size=50))
def test_people_never_see_more_characters_than_code_points(words: str) -> None:
    assert 0 <= graphemes(words) <= len(words)


def test_joined_emoji_flags_and_marks_are_one_character_each() -> None:
    assert [graphemes(one) for one in ("が", "か\u3099", "👩🏽", "👨‍👩‍👧", "🇯🇵", "🇯🇵🇫🇷", "❤️")] == [1, 1, 1, 1, 1, 2, 1]
