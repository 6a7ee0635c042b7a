"""Turns: replay by message id, commands that are only words, and wholly-or-not-at-all."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rasa.shared.core.events import Restarted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.message import Message

from bot import turn
from bot.tracker import TrackerChanged
from bot.turn import COMMANDS, EVENTS, TurnFailed, as_words, understand
from tests.bot.conftest import ActionServer, Postgres, open_session
from tests.bot.conversation import Bot, run

COMMAND_TEXTS = [
    "/restart",
    "/back",
    "/session_start",
    '/bullying{"topic": "x"}',
    "/greet@1.0",
    "  /restart",
    "\u3000/restart",
    "／restart",
    "\u200b/restart",
    "\ufeff/restart",
    "\x1c/restart",
    "//restart",
    "/",
    "/\u200brestart",
]


@pytest.fixture
def bot(model: Path, postgres: Postgres, key_file: Path, actions: ActionServer) -> Bot:
    return Bot(model, postgres.url, key_file, actions.url)


def fresh() -> str:
    return open_session()


def test_a_turn_answers_and_keeps_the_message(bot: Bot) -> None:
    session, message = fresh(), fresh()

    async def talk(bot: Bot) -> Any:
        return await bot.say(session, "こんにちは", message), await bot.events(session)

    outcome, events = run(bot, talk)
    assert outcome.replies == (
        {"text": "こんにちは。", "buttons": [{"title": "相談員と話す", "payload": "相談員と話す"}]},
    )
    said = [event for event in events if isinstance(event, UserUttered)]
    assert [(event.text, event.message_id, event.metadata["message_id"]) for event in said] == [
        ("こんにちは", message, message)
    ]


def test_actions_see_the_message_id(bot: Bot, actions: ActionServer) -> None:
    message = fresh()
    run(bot, lambda bot: bot.say(fresh(), "毎日悪口を言われています", message))
    assert actions.calls[0]["tracker"]["latest_message"]["metadata"]["message_id"] == message
    assert "domain" not in actions.calls[0]


def test_a_repeated_message_is_replayed_and_changes_nothing(bot: Bot, actions: ActionServer) -> None:
    session, message = fresh(), fresh()

    async def talk(bot: Bot) -> Any:
        first = await bot.say(session, "毎日悪口を言われています", message)
        await bot.say(session, "こんにちは")
        before = await bot.events(session)
        again = await bot.say(session, "毎日悪口を言われています", message)
        return first, again, before, await bot.events(session)

    first, again, before, after = run(bot, talk)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.replies == first.replies != ()
    assert len(after) == len(before)
    assert len(actions.calls) == 1


def test_the_same_message_twenty_times_at_once_is_one_turn(bot: Bot, actions: ActionServer) -> None:
    session, message = fresh(), fresh()

    async def talk(bot: Bot) -> Any:
        return await asyncio.gather(*(bot.say(session, "毎日悪口を言われています", message) for _ in range(20)))

    outcomes = run(bot, talk)
    assert sum(not outcome.replayed for outcome in outcomes) == 1
    assert len({str(outcome.replies) for outcome in outcomes}) == 1
    assert len(actions.calls) == 1
    assert bot.locks._locks == {}


def test_thirty_messages_of_one_student_keep_their_order(bot: Bot) -> None:
    session = fresh()

    async def talk(bot: Bot) -> Any:
        await asyncio.gather(*(bot.say(session, f"こんにちは{number}") for number in range(30)))
        return await bot.events(session)

    texts = [event.text for event in run(bot, talk) if isinstance(event, UserUttered)]
    assert texts == [f"こんにちは{number}" for number in range(30)]


@pytest.mark.parametrize("text", COMMAND_TEXTS)
def test_command_syntax_is_only_text(bot: Bot, text: str) -> None:
    session = fresh()

    async def talk(bot: Bot) -> Any:
        await bot.say(session, "こんにちは")
        await bot.say(session, text)
        return await bot.events(session)

    events = run(bot, talk)
    assert [event.text for event in events if isinstance(event, UserUttered)][-1] == text.strip()
    assert not any(isinstance(event, Restarted) for event in events)
    assert sum(isinstance(event, SessionStarted) for event in events) <= 1
    assert not any(isinstance(event, SlotSet) and event.value == "x" for event in events)
    said = [event for event in events if isinstance(event, UserUttered)][-1]
    assert said.intent_name not in COMMANDS
    # A command's prediction has confidence 1.0 exactly, and nothing beside it.
    assert len(said.parse_data["intent_ranking"]) > 1


@given(st.one_of(st.text(max_size=60), st.text(max_size=8).map(lambda s: s + '/restart{"a": 1}')))
@example("/restart")
@example(" \t\n/restart")
@settings(max_examples=300, deadline=None)
def test_no_text_reaches_rasa_as_a_command(text: str) -> None:
    words = as_words(text)
    message = Message({"text": words})
    assert YAMLStoryReader.unpack_regex_message(message, None) is message
    if not text.strip().startswith("/"):
        assert words == text.strip()


def test_a_model_that_names_a_command_is_not_obeyed(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    async def restart(*_: Any, **__: Any) -> Any:
        return {"text": "x", "intent": {"name": "restart", "confidence": 1.0}, "entities": [], "intent_ranking": []}

    assert bot.agent.processor is not None
    monkeypatch.setattr(bot.agent.processor, "parse_message", restart)

    async def talk(bot: Bot) -> Any:
        assert bot.agent.processor is not None
        return await understand(bot.agent.processor, "やりなおし")

    assert run(bot, talk)["intent"]["name"] == "nlu_fallback"


@pytest.mark.parametrize("text", ["", "   ", "😀" * 5_000, "あ" * 90_000, "\ud800", "{topic} {0} %s", "\x00"])
def test_odd_texts_are_answered(bot: Bot, text: str) -> None:
    assert run(bot, lambda bot: bot.say(fresh(), text)).replies


def test_an_event_becomes_its_intent_without_the_model(bot: Bot) -> None:
    session = fresh()

    async def talk(bot: Bot) -> Any:
        outcome = await bot.say(session, "この文字は読まれない", event="sticker")
        return outcome, await bot.events(session)

    outcome, events = run(bot, talk)
    assert outcome.replies == ({"text": "スタンプ、ありがとうございます。"},)
    said = [event for event in events if isinstance(event, UserUttered)]
    assert [(event.text, event.intent_name) for event in said] == [("", "event_sticker")]
    assert "sticker" in EVENTS and "text" not in EVENTS


@pytest.mark.parametrize("answer", ["refuse", "nonsense"])
def test_a_failed_action_takes_no_turn_and_can_be_repeated(bot: Bot, actions: ActionServer, answer: str) -> None:
    session, message = fresh(), fresh()

    async def talk(bot: Bot) -> Any:
        await bot.say(session, "こんにちは")
        before = await bot.events(session)
        actions.answer = answer
        with pytest.raises(TurnFailed, match="action_failed"):
            await bot.say(session, "毎日悪口を言われています", message)
        after = await bot.events(session)
        actions.answer = "note"
        return before, after, await bot.say(session, "毎日悪口を言われています", message)

    before, after, outcome = run(bot, talk)
    assert len(after) == len(before)
    assert not outcome.replayed and outcome.replies


def test_a_hanging_action_frees_the_session(bot: Bot, actions: ActionServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "TURN_SECONDS", 0.3)
    actions.answer = "hang"
    session = fresh()

    async def talk(bot: Bot) -> Any:
        slow = asyncio.ensure_future(bot.say(session, "毎日悪口を言われています"))
        waiting = asyncio.ensure_future(bot.say(session, "こんにちは"))
        with pytest.raises(TurnFailed, match="too_slow"):
            await slow
        return await waiting, await bot.events(session)

    outcome, events = run(bot, talk)
    assert outcome.replies
    assert [event.text for event in events if isinstance(event, UserUttered)] == ["こんにちは"]


def test_a_turn_that_dies_before_its_save_leaves_nothing(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    session = fresh()

    async def die(_: Any) -> None:
        raise KeyboardInterrupt

    async def talk(bot: Bot) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(bot.store, "save", die)
            with pytest.raises(KeyboardInterrupt):
                await bot.say(session, "こんにちは")
        return await bot.events(session)

    assert run(bot, talk) == []


def test_a_turn_saves_once(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    saves = []
    save = bot.store.save

    async def counting(tracker: Any) -> None:
        saves.append(tracker.sender_id)
        await save(tracker)

    monkeypatch.setattr(bot.store, "save", counting)
    session = fresh()

    async def talk(bot: Bot) -> None:
        await bot.say(session, "毎日悪口を言われています")
        await bot.say(session, "宿題が終わらなくて困っています")

    run(bot, talk)
    assert saves == [session, session]


def test_two_processes_never_save_over_each_other(model: Path, bot: Bot, postgres: Postgres, key_file: Path) -> None:
    session = fresh()

    async def talk(bot: Bot) -> Any:
        await bot.say(session, "こんにちは")
        ours, theirs = await bot.store.retrieve(session), await bot.store.retrieve(session)
        assert ours is not None and theirs is not None
        ours.update(SlotSet("grade", "中2"))
        await bot.store.save(ours)
        theirs.update(SlotSet("grade", "高1"))
        with pytest.raises(TrackerChanged):
            await bot.store.save(theirs)
        stored = await bot.store.retrieve(session)
        return stored.get_slot("grade") if stored else None

    assert run(bot, talk) == "中2"
