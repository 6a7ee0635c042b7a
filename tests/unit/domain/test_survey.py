"""The survey after the end: who is asked, and what a message means while it's open (WG-18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.coding import Outcome, TopicCode
from handoff.domain.session import Level
from handoff.domain.survey import (
    ASK_WITHIN,
    COUNTED,
    OPEN_FOR,
    QUESTIONS,
    WRITE_WITHIN,
    AskFacts,
    Given,
    Step,
    Survey,
    SurveyState,
    WhyNot,
    corrected,
    shown,
    taken,
    taken_back,
    why_not,
)
from handoff.domain.survey_results import results
from handoff.domain.texts import TextKey
from handoff.domain.wrap_up import Sheet

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ID, CONTACT = UUID(int=1), UUID(int=2)
FINE = AskFacts(
    on_line=True,
    following=True,
    closed=True,
    asked=False,
    writes=False,
    level=Level.CONCERN,
    unscreened=False,
    readable=True,
    categories=frozenset({"bullying"}),
    topic="friends",
    escalated=False,
    at_risk=False,
    ended_reason="counsellor",
    ended_at=NOW,
    served=True,
)
SHEET = Sheet(primary=TopicCode.FRIENDS)
ASKED = Survey(ID, CONTACT, NOW)


# --- who is asked ---------------------------------------------------------------------------------------------------


def reason(facts: AskFacts = FINE, sheet: Sheet = SHEET, *, wanted: bool | None = True, quiet: bool = False) -> object:
    return why_not(facts, sheet, wanted, quiet, NOW)


def test_who_had_a_talk_with_a_person_that_came_to_its_end_is_asked() -> None:
    assert reason() is None
    assert reason(replace(FINE, level=Level.NONE)) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"on_line": False}, WhyNot.NO_LINE),
        ({"following": False}, WhyNot.NO_LINE),
        ({"closed": False}, WhyNot.NOT_CLOSED),
        ({"asked": True}, WhyNot.ASKED),
        ({"writes": True}, WhyNot.WRITES),
        ({"level": None}, WhyNot.UNREAD),
        ({"unscreened": True}, WhyNot.UNREAD),
        ({"readable": False}, WhyNot.UNREAD),
        ({"level": Level.HIGH}, WhyNot.AT_RISK),
        ({"level": Level.CRITICAL}, WhyNot.AT_RISK),
        ({"at_risk": True}, WhyNot.AT_RISK),
        ({"categories": frozenset({"abuse"})}, WhyNot.HARM),
        ({"categories": frozenset({"bullying", "sexual_harm"})}, WhyNot.HARM),
        ({"topic": "abuse"}, WhyNot.HARM),
        ({"escalated": True}, WhyNot.ESCALATED),
        ({"ended_reason": "silence"}, WhyNot.END),
        ({"ended_reason": "hours"}, WhyNot.END),
        ({"ended_reason": "student"}, WhyNot.END),
        ({"ended_reason": "left"}, WhyNot.END),
        ({"ended_reason": None}, WhyNot.END),
        ({"served": False}, WhyNot.NOT_SERVED),
        ({"ended_at": None}, WhyNot.LATE),
        ({"ended_at": NOW - ASK_WITHIN - timedelta(seconds=1)}, WhyNot.LATE),
        ({"ended_at": NOW + timedelta(seconds=1)}, WhyNot.LATE),
    ],
)
def test_whom_nobody_asks(change: dict[str, Any], why: WhyNot) -> None:
    assert reason(replace(FINE, **change)) is why


def test_what_people_wrote_on_the_sheet_counts_as_much_as_what_the_machine_read() -> None:
    assert reason(sheet=replace(SHEET, primary=TopicCode.ABUSE)) is WhyNot.HARM
    assert reason(sheet=replace(SHEET, secondaries=(TopicCode.FAMILY, TopicCode.ABUSE))) is WhyNot.HARM
    assert reason(sheet=replace(SHEET, level=Level.HIGH)) is WhyNot.AT_RISK
    assert reason(sheet=replace(SHEET, outcome=Outcome.PRANK)) is WhyNot.OUTCOME
    assert reason(sheet=replace(SHEET, outcome=Outcome.NO_RESPONSE)) is WhyNot.OUTCOME


def test_only_where_the_board_wants_it_and_the_student_wants_no_quiet() -> None:
    assert reason(wanted=False) is reason(wanted=None) is WhyNot.OFF
    assert reason(quiet=True) is WhyNot.QUIET


@given(
    st.builds(
        AskFacts,
        categories=st.frozensets(st.sampled_from(["abuse", "sexual_harm", "bullying", "suicide"])),
        topic=st.sampled_from([None, "abuse", "friends", "unheard of"]),
        ended_reason=st.sampled_from([None, "counsellor", "silence", "hours", "student", "left"]),
        ended_at=st.one_of(st.none(), st.just(NOW), st.just(NOW - ASK_WITHIN * 2)),
    ),
    st.builds(Sheet, primary=st.sampled_from([None, *TopicCode]), outcome=st.sampled_from(Outcome)),
)
def test_whatever_comes_together_nobody_at_risk_or_harmed_is_asked(facts: AskFacts, sheet: Sheet) -> None:
    if why_not(facts, sheet, True, False, NOW) is None:
        assert facts.level in (Level.NONE, Level.CONCERN)
        assert not facts.unscreened and not facts.escalated and not facts.at_risk
        assert not facts.categories & {"abuse", "sexual_harm"} and facts.topic != "abuse"
        assert sheet.primary is not TopicCode.ABUSE and sheet.outcome is Outcome.ESTABLISHED
        assert facts.served and facts.following and facts.ended_reason == "counsellor"


# --- the questions --------------------------------------------------------------------------------------------------


def test_the_buttons_fit_and_a_tap_can_not_answer_the_next_question() -> None:
    for step, question in QUESTIONS.items():
        assert all(len(title) <= 20 for title in question.buttons)
        assert len(set(question.answers.values())) == len(question.answers)
        if step is not Step.WRITE:
            assert not set(question.buttons) & set(QUESTIONS[Step(step + 1)].buttons)
    assert list(COUNTED) == [Step.HEARD, Step.EASE, Step.AGAIN]


def test_the_questions_are_told_in_texts_that_exist() -> None:
    root = Path(__file__).resolve().parents[3]
    texts = yaml.safe_load((root / "data" / "responses" / "standard.yml").read_text(encoding="utf-8"))
    wanted = {question.text for question in QUESTIONS.values()} | {TextKey.SURVEY_THANKS, TextKey.SURVEY_NO_WORDS}
    assert wanted <= set(texts) and all("？" not in texts[key] for key in wanted)


def answered(*words: str, every: timedelta = timedelta(minutes=1)) -> Survey:
    survey, at = ASKED, NOW
    for number, text in enumerate(words):
        at += every
        found = taken(survey, text, f"m{number}", at)
        assert found is not None, text
        survey = found.survey
    return survey


def test_three_taps_and_a_word() -> None:
    survey = answered("まあまあ", "軽くなった", "はい", "ひとこと書く")
    assert (survey.state, survey.step) == (SurveyState.OPEN, Step.WRITE)
    found = taken(survey, "話せてよかったです\n", "m9", NOW + timedelta(minutes=6))
    assert found is not None and found.says is TextKey.SURVEY_THANKS and found.buttons == ()
    assert found.survey.state is SurveyState.DONE and found.survey.words == "話せてよかったです\n"
    assert shown(found.survey) == (
        ("話を聞いてもらえたと感じたか", "まあまあ"),
        ("気持ちの変化", "軽くなった"),
        ("また使いたいか", "はい"),
        ("ひとこと", "話せてよかったです\n"),
    )


def test_who_writes_nothing_is_thanked_and_left_in_peace() -> None:
    found = taken(answered("はい", "どちらでもない", "いいえ"), "書かない", "m9", NOW + timedelta(minutes=5))
    assert found is not None and found.says is TextKey.SURVEY_NO_WORDS
    assert found.survey.state is SurveyState.DONE and found.survey.words is None


@pytest.mark.parametrize("text", ["はい ", "はい。", "\u202eはい", "ハイ", "軽くなった", "", "死にたい", "はい" * 2500])
def test_what_is_not_exactly_a_title_is_no_answer(text: str) -> None:
    assert taken(ASKED, text, "m1", NOW) is None


def test_an_answer_counts_for_a_day_and_never_before_the_question() -> None:
    assert taken(ASKED, "はい", "m1", NOW) is not None
    assert taken(ASKED, "はい", "m1", NOW + OPEN_FOR - timedelta(seconds=1)) is not None
    assert taken(ASKED, "はい", "m1", NOW + OPEN_FOR) is None
    assert taken(ASKED, "はい", "m1", NOW - timedelta(microseconds=1)) is None


def test_words_count_for_half_an_hour_after_the_button() -> None:
    survey = answered("はい", "軽くなった", "はい", "ひとこと書く")
    assert survey.answered_at is not None
    assert taken(survey, "ありがとう", "m9", survey.answered_at + WRITE_WITHIN) is not None
    assert taken(survey, "ありがとう", "m9", survey.answered_at + WRITE_WITHIN + timedelta(seconds=1)) is None
    assert taken(survey, " \n", "m9", survey.answered_at) is None


@pytest.mark.parametrize("state", [SurveyState.DONE, SurveyState.EXPIRED])
def test_a_survey_that_is_over_takes_nothing(state: SurveyState) -> None:
    assert taken(replace(ASKED, state=state), "はい", "m1", NOW) is None


_TITLES = [title for question in QUESTIONS.values() for title in question.buttons]


@given(st.lists(st.one_of(st.sampled_from(_TITLES), st.text(max_size=8)), max_size=12))
def test_words_are_only_ever_taken_after_their_button(texts: list[str]) -> None:
    survey = ASKED
    for text in texts:
        found = taken(survey, text, None, NOW)
        if found is None:
            continue
        assert found.survey.step >= survey.step and len(found.survey.answers) == len(survey.answers) + 1
        if survey.step is not Step.WRITE:
            assert text in QUESTIONS[survey.step].buttons
        survey = found.survey
    if survey.words is not None:
        assert survey.answers[Step.WORDS.code].value == "write"


def test_an_answer_can_be_taken_back_and_words_corrected() -> None:
    survey = answered("はい", "軽くなった", "はい", "ひとこと書く", "ありがとう")
    assert corrected(survey, "m4", "ありがとうございました").words == "ありがとうございました"
    assert corrected(survey, "m0", "いいえ") == survey, "a tap stays what it was"
    assert taken_back(survey, "m4").words is None
    assert shown(taken_back(survey, "m1"))[0:2] == (
        ("話を聞いてもらえたと感じたか", "はい"),
        ("また使いたいか", "はい"),
    )
    assert taken_back(survey, "m99") == survey


# --- what they came to ----------------------------------------------------------------------------------------------


def test_the_results_count_each_question_by_itself() -> None:
    whole = answered("はい", "軽くなった", "はい", "ひとこと書く", "ありがとう")
    half = replace(answered("いいえ", "重くなった"), state=SurveyState.EXPIRED)
    found = results([whole, half, ASKED])
    assert (found.asked, found.answered, found.wrote) == (3, 2, 1)
    assert found.rate == pytest.approx(2 / 3)
    heard, ease, again = found.questions
    assert heard.by_title == {"はい": 1, "まあまあ": 0, "いいえ": 1} and heard.answered == 2
    assert ease.by_title == {"軽くなった": 1, "どちらでもない": 0, "重くなった": 1}
    assert again.by_title == {"はい": 1, "わからない": 0, "いいえ": 0} and again.answered == 1


def test_where_nobody_was_asked_there_is_no_rate() -> None:
    found = results([])
    assert found.rate is None and [one.answered for one in found.questions] == [0, 0, 0]


def test_a_code_of_a_later_version_is_shown_as_it_is() -> None:
    survey = replace(ASKED, answers={Step.HEARD.code: Given("later", None)})
    assert shown(survey) == (("話を聞いてもらえたと感じたか", "later"),)
