"""The documents of HOK-3.4: made for every profile, from its values as they are and the rules as they run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from handoff.adapters.risk import rules_in_force
from handoff.domain.documents import Kind, RulesInForce, Source, make_document
from handoff.domain.documents.flow import CHANGE_WORDS, STATE_WORDS
from handoff.domain.profile import Profile
from handoff.domain.retention import RUN_EVERY
from handoff.domain.session import MOVES, TABLE, State
from handoff.domain.wording_rules import MUST_NOT
from handoff.settings import ROOT
from tests.unit.domain.test_policy import PROFILES, changed, profile

TODAY = date(2026, 11, 20)
RULES = RulesInForce("0123abcd", {"critical": 3, "high": 4, "concern": 5})


def text(kind: Kind, one: Profile, **fields: Any) -> str:
    return make_document(kind, Source(one, RULES, TODAY, **fields)).text


@pytest.mark.parametrize("name", PROFILES)
def test_each_service_has_all_four_and_says_what_is_undecided(name: str) -> None:
    one = profile(name)
    for kind in Kind:
        made = make_document(kind, Source(one, RULES, TODAY))
        assert made.requirement.startswith("HOK-3.4") and made.day == TODAY
        assert one.id in made.about and one.service_name in made.text and one.owner in made.text
        assert all(part.requirement for part in made.parts)
        assert "None" not in made.text
    assert ("未定" in text(Kind.URGENT, one)) == (name != "demo")
    urgent, secrecy = text(Kind.URGENT, one), text(Kind.SECRECY, one)
    assert one.disclosure_notice() in secrecy
    if one.on_call.who is None:
        assert "当番の人に知らせています" not in urgent, "nothing is promised that nobody does (KAG-4.2)"
    if one.keywords is not None:
        assert all(word in urgent for word in one.keywords), "HOK-5.4"


def test_the_flow_is_the_table_of_states() -> None:
    made = make_document(Kind.FLOW, Source(profile("demo"), RULES, TODAY))
    (flow,) = (part for part in made.parts if part.steps)
    boxes = {step.title: set(step.onward) for step in flow.steps[1:]}
    assert boxes == {STATE_WORDS[state]: {STATE_WORDS[one] for one in MOVES[state]} for state in State}
    (table,) = (part.table for part in made.parts if part.heading == "状態が変わるとき")
    assert table is not None
    assert [row[0] for row in table.rows] == [CHANGE_WORDS[change] for change in TABLE], "every move, and no other"
    for row, move in zip(table.rows, TABLE.values(), strict=True):
        assert set(row[1].split("・")) == {STATE_WORDS[state] for state in move.sources}
        assert row[2] == STATE_WORDS[move.target]


def test_the_rules_are_those_that_run() -> None:
    rules = rules_in_force(ROOT / "data")
    urgent = make_document(Kind.URGENT, Source(profile("demo"), rules, TODAY)).text
    assert rules.total > 200 and f"{rules.total}件（版 {rules.version}）" in urgent
    assert all(f"{count}件" in urgent for count in rules.by_level.values())
    basics = text(Kind.BASICS, profile("demo"))
    assert all(reason in basics for reason in MUST_NOT.values()), "the wording rules are the list that refuses (WG-9f)"


def test_numbers_of_people_on_call_stand_in_a_supervisors_copy_alone() -> None:
    one = profile("demo")
    board, own = text(Kind.URGENT, one), text(Kind.URGENT, one, with_contacts=True)
    assert one.on_call.ladder
    for step in one.on_call.ladder:
        assert step.who in board
        for private in filter(None, (step.phone, step.mail)):
            assert private in own and private not in board


#: A value of a part, the document that tells it, and what it then says.
TOLD: tuple[tuple[Kind, str, Mapping[str, Any], str], ...] = (
    (Kind.FLOW, "channels", {"fax": {"use": "offered", "address": "0572-25-7233"}}, "0572-25-7233"),
    (Kind.FLOW, "auto_reply", {"congestion": "board_text"}, "教育委員会が指定した文"),
    (Kind.FLOW, "on_call", {"who": "夜の当番"}, "夜の当番"),
    (Kind.FLOW, "session", {"hard_end": "none"}, "話が終わるまで続ける"),
    (Kind.BASICS, "staff", {"min_counsellors": 7}, "7人以上（常に守ります）"),
    (Kind.BASICS, "staff", {"rule": "in_principle"}, "原則として"),
    (Kind.BASICS, "staff", {"supervisor_excluded": None}, "未定"),
    (Kind.BASICS, "staff", {"qualification": "教員免許"}, "教員免許"),
    (Kind.BASICS, "desk", {"live_per_counsellor": 2}, "2件まで"),
    (Kind.BASICS, "desk", {"approve_trainees": False}, "確認を待たずに送ります"),
    (Kind.BASICS, "desk", {"approval_timeout": "send"}, "そのまま送ります"),
    (Kind.BASICS, "desk", {"waiting_minutes": [4, 9]}, "4分、9分"),
    (Kind.BASICS, "session", {"nudge_minutes": 11}, "11分"),
    (Kind.BASICS, "media", {"counsellor_window": False}, "お願いすることはしません"),
    (Kind.BASICS, "media", {"consultation": {"video": "accept"}}, ""),
    (Kind.BASICS, "conduct", {"sanctions": ["delete_account"]}, "アカウントを消すこと"),
    (Kind.URGENT, "on_call", {"acknowledge_minutes": {"critical": 3, "high": 8}}, "8分のうちに"),
    (Kind.URGENT, "on_call", {"escalate_high": False}, "相談員がいない時間に鳴らします"),
    (Kind.URGENT, "on_call", {"who": None}, "人が読むとは言いません"),
    (Kind.URGENT, "on_call", {"ladder": [{"who": "当直", "after_minutes": 15}]}, "15分たっても"),
    (Kind.URGENT, "emergency", {"order": [{"agency": "school"}, {"agency": "police"}]}, "学校 → 警察"),
    (Kind.URGENT, "emergency", {"mode": "promptly"}, "速やかに"),
    (Kind.URGENT, "emergency", {"triggers": ["urgent"]}, ""),
    (Kind.URGENT, "reporting", {"criteria": "新しい基準"}, "新しい基準"),
    (Kind.URGENT, "statements", {"due_day": 5}, "翌月5日まで"),
    (Kind.SECRECY, "disclosure", {"nonurgent": "on_wish"}, "本人が望むときだけ"),
    (Kind.SECRECY, "disclosure", {"classification_to": ["school"]}, ""),
    (Kind.SECRECY, "disclosure", {"identify_user": None}, ""),
    (Kind.SECRECY, "retention_days", {"audit": 99}, "99日"),
    (Kind.SECRECY, "trace", {"keep": ["user_agent"], "days": 3}, "ブラウザの種類（3日）"),
    (Kind.SECRECY, "security", {"password_rotation_days": 45}, "45日ごと"),
    (Kind.SECRECY, "security", {"policy": "新しい規程"}, "新しい規程"),
    (Kind.SECRECY, "statements", {"monthly": ["board_form"]}, "所定の様式"),
)


@pytest.mark.parametrize(
    ("kind", "part", "values", "says"), TOLD, ids=[f"{kind}-{part}-{next(iter(v))}" for kind, part, v, _ in TOLD]
)
def test_a_document_says_what_the_profile_says(kind: Kind, part: str, values: Mapping[str, Any], says: str) -> None:
    before, after = text(kind, profile("demo")), text(kind, changed("demo", **{part: values}))
    assert before != after and says in after


def test_where_nobody_is_named_nobody_is_said_to_come() -> None:
    """An alarm without a ladder comes to the desk's page alone; the paper for the board says so (KAG-4.2)."""
    one = profile("kagoshima")
    assert one.on_call.ladder is None
    told = text(Kind.URGENT, one)
    assert "相談の画面だけが鳴ります" in told and "だれも気づけません" in told and "次の人に鳴ります" not in told
    assert "当番の人・相談員" not in told and "当番の人と画面" not in told
    assert "5分のうちに（未定" in told and "相談員がいない時間に鳴らします" in told, "what holds until it is decided"
    assert "知らせは鳴りません" in told, "a concern rings nowhere"
    named = text(Kind.URGENT, profile("demo"))
    assert "当番の人と画面に知らせる" in named and "次の人に鳴ります" in named


@pytest.mark.parametrize("name", PROFILES)
def test_the_paper_on_secrecy_claims_no_disposal_that_nobody_does(name: str) -> None:
    told = text(Kind.SECRECY, profile(name))
    assert "6時間ごとの見回りで消えます" in told and RUN_EVERY == timedelta(hours=6), "KAG-8.4, TAJ-7"
    assert "運営の記録（日報、請求の記録" in told and "自動では消えません" in told, (
        "what nobody disposes of is said, too"
    )
    assert "児童虐待防止法6条" in told, "a duty of everybody's, whether the profile names it or not"
    rows = dict(
        row.split(" ", 1) for row in told.splitlines() if row.startswith(("二人目として確かめる", "漏えい等の報告書"))
    )
    assert rows["漏えい等の報告書"] == "― ○ ○ ― ○"
