"""The risk screen's interrupt on the real domain and rules: it wins over every form, says nothing, needs no action."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Tuple

import pytest
from rasa.shared.core.events import SlotSet, UserUttered

from bot.channel import read_incoming
from bot.turn import Incoming, Outcome, TurnFailed, take
from tests.bot.conftest import PROJECT, ROOT, ActionServer, Postgres, open_session
from tests.bot.conversation import Bot, run

HEARD = "毎日悪口を言われています"


@pytest.fixture(scope="module")
def whole_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real domain and rules, trained with few messages."""
    path = tmp_path_factory.mktemp("models") / "whole.tar.gz"
    data = ("--data", str(PROJECT / "data" / "nlu.yml"), "--data", str(ROOT / "data" / "rules"))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bot.train", "--out", str(path), "--config", str(ROOT / "config.yml")),
            *("--domain", str(ROOT / "domain.yml"), *data),
        ],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return path


@pytest.fixture
def bot(whole_model: Path, postgres: Postgres, key_file: Path, actions: ActionServer) -> Bot:
    return Bot(whole_model, postgres.url, key_file, actions.url)


def fresh() -> str:
    return open_session()


async def interrupt(bot: Bot, session: str, message_id: str = "") -> Outcome:
    return await bot.say(session, "", message_id or fresh(), event="interrupt")


async def dropped(bot: Bot, session: str) -> Tuple[Any, ...]:
    """The open form, what it asked for, and whether the intake is over."""
    tracker = await bot.tracker(session)
    return tracker.active_loop_name, tracker.get_slot("requested_slot"), tracker.get_slot("intake_done")


def called(actions: ActionServer) -> list[str]:
    return [str(call["next_action"]) for call in actions.calls]


def test_an_open_form_is_dropped_and_nothing_is_said(bot: Bot, actions: ActionServer) -> None:
    session = fresh()

    async def talk(bot: Bot) -> Any:
        await bot.say(session, HEARD)
        opened = await dropped(bot, session)
        outcome = await interrupt(bot, session)
        closed = await dropped(bot, session)
        await bot.say(session, HEARD)
        return opened, outcome, closed, await dropped(bot, session)

    opened, outcome, closed, later = run(bot, talk)
    assert (opened[0], opened[2]) == ("intake_form", False) and opened[1] is not None
    assert outcome == Outcome((), replayed=False)
    assert closed == later == (None, None, True)
    assert called(actions) == ["validate_intake_form", "action_converse"], "the interrupt itself calls nothing"


def test_an_interrupt_before_the_first_word_keeps_the_form_shut(bot: Bot, actions: ActionServer) -> None:
    session = fresh()

    async def talk(bot: Bot) -> Any:
        outcome = await interrupt(bot, session)
        first = await dropped(bot, session)
        await bot.say(session, HEARD)
        again = await interrupt(bot, session)
        return outcome, first, again, await dropped(bot, session)

    outcome, first, again, last = run(bot, talk)
    assert outcome.replies == again.replies == ()
    assert first == last == (None, None, True)
    assert called(actions) == ["action_converse"]


@pytest.mark.parametrize("answer", ["refuse", "nonsense"])
def test_a_broken_action_server_does_not_keep_the_form(bot: Bot, actions: ActionServer, answer: str) -> None:
    session = fresh()

    async def talk(bot: Bot) -> Any:
        await bot.say(session, HEARD)
        actions.answer = answer
        with pytest.raises(TurnFailed):
            await bot.say(session, HEARD)
        await interrupt(bot, session)
        return await dropped(bot, session)

    assert run(bot, talk) == (None, None, True)


def test_a_repeated_interrupt_is_replayed_and_changes_nothing(bot: Bot) -> None:
    session, message = fresh(), fresh()

    async def talk(bot: Bot) -> Any:
        await bot.say(session, HEARD)
        first = await interrupt(bot, session, message)
        before = await bot.events(session)
        return first, await interrupt(bot, session, message), before, await bot.events(session)

    first, again, before, after = run(bot, talk)
    assert (first.replayed, again.replayed, first.replies, again.replies) == (False, True, (), ())
    assert len(before) == len(after)
    assert [e.message_id for e in after if isinstance(e, UserUttered) and e.intent_name == "event_interrupt"] == [
        message
    ]


def test_a_form_that_was_begun_anew_is_dropped_by_the_next_interrupt(bot: Bot) -> None:
    session = fresh()

    async def talk(bot: Bot) -> Any:
        await interrupt(bot, session)
        tracker = await bot.tracker(session)
        tracker.update(SlotSet("resumed", True))
        tracker.update(SlotSet("intake_done", False))
        await bot.store.save(tracker)
        await bot.say(session, HEARD)
        opened = await dropped(bot, session)
        await interrupt(bot, session)
        return opened, await dropped(bot, session), (await bot.tracker(session)).get_slot("resumed")

    opened, closed, resumed = run(bot, talk)
    assert opened[0] == "intake_form"
    assert closed == (None, None, True)
    assert resumed is False


def test_the_screens_word_reaches_the_actions(bot: Bot, actions: ActionServer) -> None:
    told = {"level": None, "care": True, "interrupted": True}
    body = {"sender": fresh(), "message_id": fresh(), "event": "text", "text": HEARD, "metadata": told}
    incoming = read_incoming(body)
    assert isinstance(incoming, Incoming)
    run(bot, lambda bot: take(bot.agent, bot.locks, incoming))
    metadata = actions.calls[0]["tracker"]["latest_message"]["metadata"]
    assert metadata == {**told, "message_id": incoming.message_id}
    assert read_incoming({**body, "event": "interrupt"}).text == ""
