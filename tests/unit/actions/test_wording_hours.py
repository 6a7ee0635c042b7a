"""What the bot says of congestion (HOK-5.2, TAJ-N1) and of a supervisor's closure: the profile's words, and only what is true."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from actions.memory import Memory
from actions.plan import Bubble, Computed, Cue
from actions.wording import Wording
from handoff.adapters.profiles import load_profile
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import ReplySource
from handoff.domain.texts import TextKey
from handoff.domain.window_closure import WindowClosure
from handoff.domain.wording_rules import faults_of_wording
from tests.conversations.fake_bridge import FakeBridge
from tests.conversations.runner import Turn
from tests.unit.actions.test_conversation import InProcess

PROFILES = Path(__file__).resolve().parents[3] / "data" / "profiles"
OPEN, NIGHT = (datetime.fromisoformat(f"2026-11-20T{time}:00+09:00") for time in ("18:00", "23:30"))
WORDS = "台風が近いので、きょうはお休みします。"


def profile(name: str = "demo") -> Profile:
    return load_profile(PROFILES / f"{name}.yml")


def with_source(source: ReplySource, **texts: str) -> Profile:
    demo = profile()
    auto_reply = demo.auto_reply.model_copy(update={"congestion": source})
    return demo.model_copy(
        update={"auto_reply": auto_reply, "texts": {TextKey(key): text for key, text in texts.items()}}
    )


def bubbles(
    of: Profile, what: Computed, state: str | None, at: datetime = OPEN, *, congested: bool = True
) -> list[str]:
    said = Wording(of, at, congested=congested).messages((Bubble((Cue(what),)),), Memory(), state)
    return [message.text for message in said]


def shut(of: Profile, at: datetime = OPEN) -> Profile:
    closure = WindowClosure(
        UUID(int=1), at - timedelta(hours=1), at + timedelta(hours=20), WORDS, False, UUID(int=2), at
    )
    return of.closed_in([closure])


async def ask(talk: InProcess, number: int = 1) -> str:
    """What is answered to somebody who asks for a counsellor; number: of their message."""
    turn = Turn(student="相談員と話す", intent="wants_human")
    return "\n".join(reply.text for reply in await talk.send("s", str(number), turn))


# --- congestion -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [ReplySource.STANDARD, ReplySource.PHONE_LINES])
def test_while_many_wait_the_standard_words_come_with_the_phone_lines(source: ReplySource) -> None:
    demo = with_source(source)
    (said,) = bubbles(demo, Computed.HANDOFF, "waiting")
    assert said == demo.text(TextKey.CONGESTION, phone_lines=demo.phone_lines(OPEN))
    assert "届いています" in said and "0120-0-78310" in said
    assert faults_of_wording(said) == [], "no 優先, no rank, no minutes (WG-14)"


def test_a_board_s_own_words_are_said_and_the_lines_added_where_they_leave_them_out() -> None:
    board = with_source(ReplySource.BOARD_TEXT, congestion="いま混み合っています。そのまま書いてお待ちください。")
    assert board.phone_lines(OPEN) in "\n".join(bubbles(board, Computed.HANDOFF, "waiting"))
    own = with_source(ReplySource.BOARD_TEXT, congestion="いま混み合っています。電話もあります。\n{phone_lines}")
    (said,) = bubbles(own, Computed.HANDOFF, "waiting")
    assert said.startswith("いま混み合っています。電話もあります。") and said.count("0120-0-78310") == 1


def test_words_that_the_board_still_owes_are_not_made_up() -> None:
    owed = with_source(ReplySource.BOARD_TEXT)
    said = "\n".join(bubbles(owed, Computed.HANDOFF, "waiting"))
    assert owed.text(TextKey.PLACEHOLDER) in said and "すぐにお返事ができません" not in said


def test_who_doesn_t_wait_hears_nothing_of_congestion() -> None:
    demo = profile()
    assert bubbles(demo, Computed.HANDOFF, "waiting", congested=False) == [demo.text(TextKey.HANDOFF_WAITING)]
    assert "すぐにお返事" not in "".join(bubbles(demo, Computed.HANDOFF, "left_message", NIGHT))


def municipality(name: str, **filled: object) -> Profile:
    """One of the real profiles, with what its document leaves open filled in."""
    return load_profile(PROFILES / f"{name}.yml").model_copy(update=filled)


def test_tajimi_says_its_own_free_dial_while_many_wait() -> None:
    """TAJ-N1; the dial's hours are silent, and a line that may be closed is never named."""
    tajimi = municipality("tajimi")
    assert "0120-967-866" not in "\n".join(bubbles(tajimi, Computed.HANDOFF, "waiting"))
    assert tajimi.lines is not None
    lines = tuple(line.model_copy(update={"hours": profile().hours}) for line in tajimi.lines)
    said = "\n".join(bubbles(municipality("tajimi", lines=lines), Computed.HANDOFF, "waiting"))
    assert "0120-967-866" in said and "すぐにお返事" in said


def test_kagoshima_says_the_lines_that_are_open_at_night_and_no_word_of_congestion() -> None:
    """KAG-6.1イ(イ): outside the hours the phone lines; of congestion the document is silent."""
    kagoshima = municipality("kagoshima", lines=profile().lines)
    for what, state in ((Computed.HANDOFF, "left_message"), (Computed.LINES_IF_CLOSED, None)):
        said = "\n".join(bubbles(kagoshima, what, state, NIGHT))
        assert kagoshima.phone_lines(NIGHT) in said and "0120-0-78310" in said
    assert "0120-99-7777" not in kagoshima.phone_lines(NIGHT), "チャイルドライン is closed at half past eleven"
    assert "0120-99-7777" in kagoshima.phone_lines(OPEN)


def test_hokkaido_says_the_board_s_words_in_both_and_none_of_its_own() -> None:
    """HOK-5.2: 予め指定したメッセージ, out of hours and while many wait."""
    owed, night, busy = municipality("hokkaido"), "夜は電話の窓口へどうぞ。", "混み合っています。お待ちください。"
    board = municipality("hokkaido", texts={TextKey.NOTICE_CLOSED: night, TextKey.CONGESTION: busy})
    for what, state, at, words in (
        (Computed.CLOSED_NOW, None, NIGHT, night),
        (Computed.HANDOFF, "waiting", OPEN, busy),
    ):
        assert owed.text(TextKey.PLACEHOLDER) in "\n".join(bubbles(owed, what, state, at))
        said = "\n".join(bubbles(board, what, state, at))
        assert words in said and owed.text(TextKey.PLACEHOLDER) not in said


async def test_it_is_said_once_when_somebody_asks_and_the_queue_goes_on() -> None:
    bridge = FakeBridge(profile(), OPEN)
    bridge.congested = True
    talk = InProcess(bridge)
    demo = profile()
    assert demo.text(TextKey.CONGESTION, phone_lines=demo.phone_lines(OPEN)) in await ask(talk)
    assert [session.state for session in bridge.sessions.values()] == ["waiting"]
    assert await ask(talk, 2) == demo.text(TextKey.HANDOFF_ALREADY)


# --- a closure --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "state", "then"),
    [
        (Computed.HANDOFF, "left_message", "明日の16時"),
        (Computed.CLOSED_NOW, None, "すぐには読まれません"),
        (Computed.CLOSED_WORD, None, "すぐには読まれません"),
        (Computed.OFFER, None, "明日の16時"),
        (Computed.HOURS, None, "明日の16時"),
    ],
)
def test_a_closure_s_words_come_before_the_notice_of_closed_hours(what: Computed, state: str | None, then: str) -> None:
    said = bubbles(shut(profile()), what, state)
    assert said[0].startswith(WORDS) and then in "\n".join(said)
    assert all(faults_of_wording(text) == [] for text in said)
    assert WORDS not in "\n".join(bubbles(profile(), what, state)), "without a closure nothing of it"


def test_where_the_closure_isn_t_over_yet_at_the_next_opening_that_isn_t_promised() -> None:
    long = WindowClosure(UUID(int=1), OPEN, OPEN + timedelta(days=3), WORDS, True, UUID(int=2), OPEN)
    said = "\n".join(bubbles(profile().closed_in([long]), Computed.HANDOFF, "left_message"))
    assert "11月23日（月）の18時" in said, "in the middle of that evening it is over"


async def test_a_conversation_in_a_closure_leaves_a_message() -> None:
    bridge = FakeBridge(shut(profile()), OPEN)
    said = await ask(InProcess(bridge))
    assert WORDS in said and "0120-0-78310" in said
    assert [session.state for session in bridge.sessions.values()] == ["left_message"]
