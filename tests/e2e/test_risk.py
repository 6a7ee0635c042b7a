"""A child at risk, through LINE's stand-in, the worker, the screen and a trained Rasa: seen in every state.

HOK-6, KAG-7.1ア, EXT-3; the texts are the profile's, the table is in docs/risk.md.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from handoff.adapters.profiles import load_profile
from handoff.domain.texts import TextKey
from handoff.settings import ROOT
from kernel.tracker import unpack
from tests.support.running import CLOSED, OPEN, Running

PROFILE = load_profile(ROOT / "data" / "profiles" / "demo.yml")
ACT = "いま薬をたくさん飲みました"
STATED = "もう死にたいです"
EMERGENCY = PROFILE.text(TextKey.SAFETY_EMERGENCY)
NOTICE = PROFILE.text(TextKey.NOTICE_PROGRAM)


def escalations(service: Running, user: str) -> list[dict[str, Any]]:
    return service.rows(
        "SELECT e.* FROM escalations e JOIN sessions s ON s.id = e.session_id WHERE s.contact_id = %s ORDER BY e.sequence",
        service.contact(user),
    )


def notices(service: Running, user: str) -> list[dict[str, Any]]:
    return service.rows(
        "SELECT n.* FROM escalation_notices n JOIN escalations e ON e.id = n.escalation_id "
        "JOIN sessions s ON s.id = e.session_id WHERE s.contact_id = %s ORDER BY n.number",
        service.contact(user),
    )


async def said(service: Running, line: Any, user: str, more_than: int = 0) -> str:
    await line.wait_for_answers(user, more_than + 1)
    await service.settled()
    return "\n".join(answer.text for answer in (await line.answers(user))[more_than:])


async def test_critical_at_the_first_message_no_notice_first(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        await line.text(user, ACT)
        heard = await said(service, line, user)
        assert EMERGENCY in heard
        assert NOTICE not in heard
        assert [call.user for call in await line.calls("push")].count(user) == 1
        assert user not in [call.user for call in await line.calls("reply")]
        session = service.session(user)
        assert (session["state"], session["level"], session["human_wanted"]) == ("waiting", "critical", "risk")
        (escalation,) = escalations(service, user)
        assert (escalation["state"], escalation["level"]) == ("raised", "critical")
        # The notice comes later, with the first word that isn't heavy.
        before = len(await line.answers(user))
        await line.text(user, "ここはだれが読んでいますか")
        assert NOTICE in await said(service, line, user, before)


def forms(service: Running, user: str) -> list[str | None]:
    """The forms that Rasa began and ended with a student, the ends as None."""
    (row,) = service.rows("SELECT * FROM rasa_trackers WHERE session_id = %s", str(service.session(user)["id"]))
    events = unpack(service.sealer.open("rasa_trackers", "blob", row["session_id"], row["blob"]))
    return [event.get("name") for event in events if event["event"] == "active_loop"]


async def test_high_in_the_middle_of_a_form_ends_the_form(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        await line.text(user, "友だちとうまくいかない")
        await said(service, line, user)
        before = len(await line.answers(user))
        await line.text(user, STATED)
        heard = await said(service, line, user, before)
        assert PROFILE.text(TextKey.SAFETY_STATED) in heard
        assert PROFILE.text(TextKey.SAFETY_ASK_WISH) not in heard
        # The worker speaks first, and tells Rasa after that.
        for _ in range(100):
            loops = forms(service, user)
            assert loops, "there was a form"
            if loops[-1] is None:
                break
            await asyncio.sleep(0.1)
        assert loops[-1] is None
        # And no form question goes on by itself.
        before = len(await line.answers(user))
        await line.text(user, "うん")
        goes_on = await said(service, line, user, before)
        for question in (TextKey.ASK_AGE_GRADE, TextKey.ASK_SCHOOL, TextKey.ASK_TOPIC, TextKey.ASK_PERSON):
            assert PROFILE.text(question) not in goes_on


async def test_a_word_after_the_end_is_screened_in_a_new_session(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        await line.text(user, "こんばんは")
        await said(service, line, user)
        service.execute("UPDATE sessions SET state = 'closed' WHERE contact_id = %s", service.contact(user))
        before = len(await line.answers(user))
        await line.text(user, ACT)
        assert EMERGENCY in await said(service, line, user, before)
        assert len(escalations(service, user)) == 1


async def test_at_night_the_ladder_rings_until_somebody_answers(service: Running) -> None:
    await service.choose(clock=CLOSED)
    try:
        async with service.standin() as line:
            user = await line.user()
            await line.text(user, ACT)
            heard = await said(service, line, user)
            assert PROFILE.text(TextKey.SAFETY_ALERTED_ON_CALL) in heard
            assert "0120-279-338" in heard
            assert service.session(user)["state"] == "left_message"
            await until(lambda: len(notices(service, user)) >= 1)
            assert notices(service, user)[0]["who"] == "当番の業務責任者"
            # kill -9 of the worker, and time passes: the ladder goes on.
            service.kill("worker")
            await service.choose(clock=(datetime.fromisoformat(CLOSED) + timedelta(minutes=6)).isoformat())
            await until(lambda: any(row["who"] == "控えの業務責任者" for row in notices(service, user)), 60)
    finally:
        await service.choose(clock=OPEN)


async def test_with_rasa_dead_the_same_child_is_seen_as_soon(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        service.kill("rasa")
        await line.text(user, STATED)
        assert PROFILE.text(TextKey.SAFETY_STATED) in await said(service, line, user)
        assert service.session(user)["level"] in ("high", "critical")
    await service.ready()


async def test_a_word_in_pieces_is_read_whole(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        for piece in ("しに", "た", "い"):
            await line.text(user, piece)
        await service.settled()
        assert service.session(user)["level"] in ("high", "critical")


async def test_unspecific_distress_gets_one_open_invitation_and_no_question(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        await line.text(user, "もう限界。たすけて")
        heard = await said(service, line, user)
        assert PROFILE.text(TextKey.CARE) in heard
        for question in (TextKey.ASK_AGE_GRADE, TextKey.ASK_SCHOOL, TextKey.ASK_TOPIC):
            assert PROFILE.text(question) not in heard
        assert service.session(user)["level"] == "concern"
        assert escalations(service, user) == []


async def test_no_word_of_a_student_reaches_a_log(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        await line.text(user, "ロープ買ったのはひみつの小鳥橋です")
        await said(service, line, user)
    logs = "".join(path.read_text(errors="replace") for path in (service.var / "log").glob("*.log*"))
    assert "小鳥橋" not in logs
    assert user not in logs


async def until(true: Any, timeout: float = 30) -> None:
    async with asyncio.timeout(timeout):
        while not true():
            await asyncio.sleep(0.25)


@pytest.fixture(autouse=True)
async def _open_hours(service: Running) -> None:
    await service.choose(clock=OPEN)
