"""Who is never asked how it was (WG-18): each case on the real database, most of them read by the real screen."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from handoff.domain.coding import Outcome as SheetOutcome
from handoff.domain.coding import TopicCode
from handoff.domain.delivery import Outcome
from handoff.domain.desk import EndReason
from handoff.domain.errors import NotFound
from handoff.domain.escalation import Alarm, Cause, CloseReason
from handoff.domain.quota import Quota
from handoff.domain.session import Level
from handoff.domain.texts import TextKey
from handoff.domain.wrap_up import Sheet
from handoff.services.ask_survey import ask_survey
from handoff.services.close_escalation import CloseEscalation
from handoff.services.desk.end_talk import EndTalk
from handoff.services.move_session import close
from handoff.services.raise_escalation import raise_escalation
from handoff.services.screen_message import ScreenMessage
from kernel.intake.quiet import ALL_DAY
from tests.integration.conftest import Service
from tests.integration.escalation_support import verbs
from tests.integration.risk_support import ABUSE, ACT, CALM, STATED, THIRD, UNSTATED, Exploding
from tests.integration.survey_support import close_and_ask, count, ended, said, talk, write
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, event, text


async def nobody_asked(service: Service, session_id: UUID, sheet: Sheet | None = None) -> bool:
    """Close the session as its sheet does; True where nothing at all was said, planned or written down."""
    assert not await close_and_ask(service, session_id, sheet)
    assert await count(service, "surveys") == 0 and "ask_survey" not in await verbs(service)
    return said(service) not in service.line.said


async def escalate(service: Service, session_id: UUID) -> UUID:
    """An alarm that no message's level made."""
    (row,) = await service.rows("SELECT id FROM line_events ORDER BY sequence LIMIT 1")
    async with service.store.transaction() as tx:
        alarm = Alarm(Cause.STUDENT_LEFT, Level.HIGH, (), frozenset(), row.id)
        found = await raise_escalation(tx, service.setting, await tx.sessions.lock(session_id), alarm)
    assert found is not None
    return found


async def test_a_calm_talk_with_a_person_is_asked_about_once(risk: Service) -> None:
    session_id = await ended(risk)
    assert await close_and_ask(risk, session_id)
    async with risk.store.transaction() as tx:
        session = await tx.sessions.lock(session_id)
        assert not await ask_survey(tx, risk.setting, session, Sheet()), "and once alone"
    assert await count(risk, "surveys") == 1 and risk.line.said.count(said(risk)) == 1


@pytest.mark.parametrize("words", [STATED, UNSTATED, ACT, ABUSE, THIRD])
async def test_not_after_high_or_critical(risk: Service, words: str) -> None:
    session_id = await ended(risk, words, CALM)
    assert await nobody_asked(risk, session_id)


async def test_not_after_high_even_where_its_escalation_was_closed_long_ago(risk: Service) -> None:
    found = await talk(risk, STATED)
    (row,) = await risk.rows("SELECT id FROM escalations")
    await CloseEscalation(risk.store, risk.setting)(row.id, found.member.alias, CloseReason.SAFE)
    await EndTalk(risk.store, risk.setting)(found.session_id, found.member)
    assert await nobody_asked(risk, found.session_id)


async def test_not_after_a_message_that_could_not_be_read(risk: Service) -> None:
    await write(risk, CALM)
    assert isinstance(risk.screen, ScreenMessage)
    risk.screen._risk = Exploding()
    session_id = await ended(risk, "読めなかったことば")
    assert await nobody_asked(risk, session_id)


async def test_not_where_nothing_was_screened(risk: Service) -> None:
    sticker = {"type": "sticker", "id": "s1", "packageId": "1", "stickerId": "1"}
    await risk.accept(arrivals(event("message", message=sticker)))
    risk.screen = None
    session_id = await ended(risk, CALM)
    assert await nobody_asked(risk, session_id)


@pytest.mark.parametrize("words", ["親が怖いです", "家のことなんだけど、親が怖いです"])
async def test_not_after_abuse_at_concern_either(risk: Service, words: str) -> None:
    session_id = await ended(risk, CALM, words)
    (row,) = await risk.rows("SELECT level FROM sessions")
    assert row.level == "concern", "or the case says nothing"
    assert await nobody_asked(risk, session_id)


async def test_after_other_concern_they_are_asked(risk: Service) -> None:
    assert await close_and_ask(risk, await ended(risk, "友達にLINEで悪口を言われます"))


async def test_not_where_the_student_chose_abuse_as_the_topic(risk: Service) -> None:
    session_id = await ended(risk)
    async with risk.store.transaction() as tx:
        await tx.sessions.set_intake(session_id, {"topic": "abuse", "grade": "中2"})
    assert await nobody_asked(risk, session_id)


@pytest.mark.parametrize(
    "sheet",
    [
        Sheet(primary=TopicCode.ABUSE),
        Sheet(primary=TopicCode.FAMILY, secondaries=(TopicCode.ABUSE,)),
        Sheet(level=Level.CRITICAL),
        Sheet(outcome=SheetOutcome.NO_RESPONSE),
        Sheet(outcome=SheetOutcome.PRANK),
    ],
)
async def test_not_where_the_sheet_says_so(risk: Service, sheet: Sheet) -> None:
    assert await nobody_asked(risk, await ended(risk), sheet)


@pytest.mark.parametrize("closed", [False, True])
async def test_not_after_an_escalation_open_or_closed(risk: Service, closed: bool) -> None:
    session_id = await ended(risk)
    escalation_id = await escalate(risk, session_id)
    if closed:
        await CloseEscalation(risk.store, risk.setting)(escalation_id, "みなと", CloseReason.NOT_AT_RISK)
    assert await nobody_asked(risk, session_id)


async def test_not_while_an_escalation_of_an_earlier_session_is_open(risk: Service) -> None:
    first = await ended(risk)
    await escalate(risk, first)
    async with risk.store.transaction() as tx:
        await close(tx, risk.setting, await tx.sessions.lock(first), "established", "worker")
    assert await nobody_asked(risk, await ended(risk))


@pytest.mark.parametrize("reason", [EndReason.SILENCE, EndReason.HOURS, EndReason.STUDENT, EndReason.LEFT])
async def test_not_after_an_end_that_was_no_counsellors(risk: Service, reason: EndReason) -> None:
    assert await nobody_asked(risk, await ended(risk, reason=reason))


async def test_not_where_the_student_ended_it_in_their_words(risk: Service) -> None:
    found = await talk(risk)
    await write(risk, "今日はここまで")
    assert await nobody_asked(risk, found.session_id)


async def test_not_without_a_line_of_a_person(risk: Service) -> None:
    assert await nobody_asked(risk, await ended(risk, answer=None)), "the claim's own word is no counsellor's"


async def test_not_where_the_persons_line_never_arrived(risk: Service) -> None:
    await write(risk, CALM)
    risk.line.outcomes = [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.REJECTED]
    session_id = await ended(risk, "もうひとつあります")
    rows = await risk.rows(
        "SELECT o.state FROM messages m JOIN outbox o ON o.id = m.outbox_id WHERE m.author = 'counsellor'"
    )
    assert [row.state for row in rows] == ["dead"], "or the case says nothing"
    assert await nobody_asked(risk, session_id)


async def test_not_whoever_has_blocked_the_account(risk: Service) -> None:
    session_id = await ended(risk)
    unfollow = event("unfollow")
    del unfollow["replyToken"]
    await risk.accept(arrivals(unfollow))
    await risk.work()
    assert await nobody_asked(risk, session_id)


async def test_not_on_another_channel(risk: Service) -> None:
    session_id = await ended(risk)
    await risk.change("UPDATE contacts SET channel = 'report'")
    assert not await close_and_ask(risk, session_id)


@pytest.mark.parametrize("wanted", [False, None])
async def test_not_where_the_board_asks_for_none(risk: Service, wanted: bool | None) -> None:
    profile = risk.setting.profile
    statements = profile.statements.model_copy(update={"survey": wanted})
    risk.setting.profile = profile.model_copy(update={"statements": statements})
    assert await nobody_asked(risk, await ended(risk))


async def test_not_at_an_hour_that_the_student_wants_quiet(risk: Service) -> None:
    session_id = await ended(risk)
    (row,) = await risk.rows("SELECT id FROM contacts")
    async with risk.store.transaction() as tx:
        await tx.contacts.set_quiet(row.id, [ALL_DAY])
    assert await nobody_asked(risk, session_id)


async def test_a_wish_for_quiet_that_cannot_be_read_is_kept_and_the_session_closes(risk: Service) -> None:
    session_id = await ended(risk)
    await risk.change("UPDATE contacts SET quiet = '\\x00'")
    assert await nobody_asked(risk, session_id)
    (row,) = await risk.rows("SELECT state FROM sessions")
    assert row.state == "closed"


@pytest.mark.parametrize("column", ["UPDATE messages SET assessment = '\\x00'", "UPDATE sessions SET intake = '\\x00'"])
async def test_not_where_what_was_read_cannot_be_opened(risk: Service, column: str) -> None:
    session_id = await ended(risk)
    await risk.change(column)
    assert await nobody_asked(risk, session_id)


async def test_not_hours_after_the_talk(risk: Service) -> None:
    session_id = await ended(risk)
    assert isinstance(risk.setting.clock, FrozenClock)
    risk.setting.clock.advance(hours=2, seconds=1)
    assert await nobody_asked(risk, session_id)


async def test_not_while_a_word_is_on_its_way(risk: Service) -> None:
    session_id = await ended(risk)
    await risk.accept(arrivals(text("まだ話したいです")))
    async with risk.store.transaction() as tx:
        session = await close(tx, risk.setting, await tx.sessions.lock(session_id), "established", "worker")
        assert not await ask_survey(tx, risk.setting, session, Sheet())
    await risk.work()
    assert await count(risk) == 2 and await count(risk, "surveys") == 0


async def test_not_before_the_session_is_closed(risk: Service) -> None:
    session_id = await ended(risk)
    async with risk.store.transaction() as tx:
        assert not await ask_survey(tx, risk.setting, await tx.sessions.lock(session_id), Sheet())


async def test_a_session_that_is_not_there_is_not_found(risk: Service) -> None:
    async with risk.store.reading() as tx:
        with pytest.raises(NotFound):
            await tx.surveys.facts(UUID(int=0))


async def test_the_next_talk_is_asked_about_anew_and_the_one_before_is_over(risk: Service) -> None:
    first, second = await ended(risk), None
    assert await close_and_ask(risk, first)
    second = await ended(risk)
    assert await close_and_ask(risk, second)
    rows = await risk.rows("SELECT session_id, state FROM surveys")
    assert {row.session_id: row.state for row in rows} == {first: "expired", second: "open"}
    await write(risk, "いいえ")
    assert risk.line.said[-1] == risk.setting.profile.text(TextKey.SURVEY_EASE)


async def test_not_where_lines_pushes_of_the_month_are_kept_for_talks(risk: Service) -> None:
    session_id, now = await ended(risk), risk.setting.clock.real()
    async with risk.store.transaction() as tx:
        await tx.quota.begin(now, timedelta())
        await tx.quota.keep(Quota(limit=200, used=200), now)
    assert await nobody_asked(risk, session_id)
