"""Before anybody is told: checks, the reporter's wish, and a page that doesn't tell who told (KAG-7.1, WG-15, WG-17)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.escalation import Suspect
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.report import Answers, Danger, Report, TellSchool, Witness
from handoff.domain.report_telling import (
    HANDED_TO,
    HandingOver,
    decision_faults,
    handing_over_faults,
    quoted,
    report_handover_lines,
)
from handoff.domain.wrap_up import WithoutConsent
from tests.unit.domain.report_desk_support import BOTH, DEMO, KAGOSHIMA, decided, report, wishing

# --- who may be told --------------------------------------------------------------------------------------------------


def faults(one: Report, to: Agency, checked: bool = True, **more: Any) -> list[str]:
    telling = HandingOver(to, checked, **more)
    return [fault.text for fault in handing_over_faults(one, telling, DEMO)]


@given(
    wish=st.sampled_from([None, *TellSchool]),
    reporting_class=st.sampled_from(ReportingClass),
    checked=st.booleans(),
    agreed=st.booleans(),
    decision=st.sampled_from([None, BOTH]),
    guardian=st.booleans(),
    profile=st.sampled_from([DEMO, KAGOSHIMA]),
)
def test_a_suspected_teachers_school_never_hears(
    wish: TellSchool | None,
    reporting_class: ReportingClass,
    checked: bool,
    agreed: bool,
    decision: WithoutConsent | None,
    guardian: bool,
    profile: Profile,
) -> None:
    suspects = frozenset({Suspect.TEACHER} | ({Suspect.GUARDIAN} if guardian else set()))
    telling = HandingOver(Agency.SCHOOL, checked, agreed, decision, suspects)
    one = wishing(wish, reporting_class)
    assert handing_over_faults(one, telling, profile)
    assert (
        report_handover_lines(one, "ことば", to=Agency.SCHOOL, topic="いじめ", reporting_class="ア", suspects=suspects)
        == ()
    )


@pytest.mark.parametrize("to", HANDED_TO)
def test_nobody_is_told_what_nobody_has_decided(to: Agency) -> None:
    assert faults(report(answers=Answers(tell_school=TellSchool.YES)), to)


@pytest.mark.parametrize("wish", [TellSchool.YES, TellSchool.HIDDEN])
@pytest.mark.parametrize("reporting_class", [ReportingClass.PROMPTLY, ReportingClass.PERIODIC])
@pytest.mark.parametrize("to", HANDED_TO)
def test_boards_and_schools_hear_after_the_reporters_yes_and_a_check(
    wish: TellSchool, reporting_class: ReportingClass, to: Agency
) -> None:
    assert faults(wishing(wish, reporting_class), to) == []
    (only,) = faults(wishing(wish, reporting_class), to, checked=False)
    assert "照らし合わせて" in only, "WG-15"


@pytest.mark.parametrize("wish", [None, TellSchool.NO, TellSchool.ASK_FIRST, TellSchool.BOARD_ONLY])
def test_without_a_yes_a_school_hears_only_after_asking_or_by_two_peoples_decision(wish: TellSchool | None) -> None:
    one = wishing(wish)
    (only,) = faults(one, Agency.SCHOOL)
    assert "たずねて" in only
    assert faults(one, Agency.SCHOOL, agreed=True) == []
    assert faults(one, Agency.SCHOOL, decision=BOTH) == []
    for missing in (replace(BOTH, supervisor=" "), replace(BOTH, board=""), replace(BOTH, reason="　")):
        assert faults(one, Agency.SCHOOL, decision=missing)
    assert faults(one, Agency.SCHOOL, decision=replace(BOTH, source_protected=False))
    assert decision_faults(replace(BOTH, board="みなと")), "two people"


def test_a_matter_of_life_is_told_at_once_and_compared_afterwards() -> None:
    for wish in (None, *TellSchool):
        one = wishing(wish, ReportingClass.PHONE_AT_ONCE)
        for to in HANDED_TO:
            assert faults(one, to, checked=False) == []


def test_the_board_hears_but_not_against_a_plain_no() -> None:
    for wish in (None, TellSchool.YES, TellSchool.HIDDEN, TellSchool.BOARD_ONLY, TellSchool.ASK_FIRST):
        assert faults(wishing(wish), Agency.MUNICIPAL_BOARD) == []
    assert faults(wishing(TellSchool.NO), Agency.MUNICIPAL_BOARD)
    said = HandingOver(Agency.PREFECTURAL_BOARD, checked=True)
    assert not handing_over_faults(wishing(TellSchool.NO), said, KAGOSHIMA), "KAG-7.1イ: that was said beforehand"


@pytest.mark.parametrize("to", sorted(set(Agency) - set(HANDED_TO)))
def test_others_are_called_from_an_escalation(to: Agency) -> None:
    assert faults(wishing(TellSchool.YES), to)


# --- the page ---------------------------------------------------------------------------------------------------------

TOLD = Answers(
    danger=Danger.MAYBE,
    witness=Witness.VICTIM,
    what="まいにちけられています",
    where_words="うらもん",
    since_words="きのうの7時",
    people="たろうに",
    school_name="つなぎ第一中学校",
    grade="2年",
    tell_school=TellSchool.HIDDEN,
    tell_how="わたしだと言わないで",
)


@pytest.mark.parametrize("to", HANDED_TO)
def test_the_page_holds_nothing_by_which_the_reporter_is_found(to: Agency) -> None:
    one = decided(answers=TOLD)
    lines = report_handover_lines(one, "複数の子が見ています。", to=to, topic="いじめ", reporting_class="ウ 定期報告")
    page = "\n".join(text for _heading, text in lines)
    for name in ("what", "where_words", "since_words", "people", "tell_how"):
        assert str(getattr(TOLD, name)) not in page, name
    for witness in Witness:
        other = replace(one, answers=replace(TOLD, witness=witness, tell_school=TellSchool.NO, danger=None))
        same = report_handover_lines(
            other, "複数の子が見ています。", to=to, topic="いじめ", reporting_class="ウ 定期報告"
        )
        assert same == lines, "who told makes no difference"
    assert "調べたり、たずねたりしないでください" in page
    assert ("つなぎ第一中学校" in page) is (to is not Agency.SCHOOL)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("いじめがあるようです。", False),
        ("「毎日のように休み時間にけられていて、だれも助けません」とのことです。", True),
        ("毎日のように 休み時間に\nけられていて、だれも", True),
        ("毎日のように休み時間に、", False),
    ],
)
def test_the_reporters_own_sentences_are_found(words: str, found: bool) -> None:
    told = ["ほかのこと", "毎日のように休み時間にけられていて、だれも助けません"]
    assert (quoted(words, told) is not None) is found
