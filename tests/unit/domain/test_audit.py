"""The audit's chain: one text for one meaning, and no link that could be changed unseen; the months that want a confirmation."""

from __future__ import annotations

import ast
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

import handoff
from handoff.domain.audit import (
    ROW,
    START,
    Anchor,
    AuditEntry,
    ChainFault,
    Fault,
    LinkedEntry,
    Walk,
    content,
    is_genuine,
    link_digest,
)
from handoff.domain.audit_words import ACTOR_WORDS, GROUP_WORDS, Group, all_verbs, verbs_of, words_of
from handoff.domain.report_triage import Deed
from handoff.domain.security_check import month_before, month_due
from handoff.domain.session import Change
from handoff.services.request_ports import StepKind

AT = datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=UTC)
MORE_KEYS = ("staff:" + str(uuid4()), "student", "worker")


def hashed(purpose: str, value: str) -> bytes:
    return hmac.new(b"k" * 32, f"{purpose}\0{value}".encode(), hashlib.sha256).digest()


def entry(number: int, **detail: Any) -> AuditEntry:
    row = AuditEntry(
        UUID(int=number), AT + timedelta(seconds=number), "staff:a", "open_talk", None, detail, number, None
    )
    return replace(row, mark=hashed(ROW, content(row.id, row.at, row.actor, row.verb, row.session_id, row.detail)))


def chain_of(count: int) -> list[LinkedEntry]:
    end, links = START, []
    for number in range(1, count + 1):
        row = entry(number, lines=number)
        end = Anchor(number, link_digest(hashed, end, row))
        links.append(LinkedEntry(number, number, end.digest, row))
    return links


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=6), values, max_size=4))
def test_a_row_says_the_same_after_the_database_had_it(detail: dict[str, Any]) -> None:
    """Other order of fields, lists for tuples, another zone, and numbers as jsonb writes them."""
    back = json.loads(json.dumps(dict(reversed(detail.items()))))
    row_id, zone = uuid4(), timezone(timedelta(hours=9))
    written = content(row_id, AT.astimezone(zone), "a", "b", None, detail)
    assert content(row_id, AT, "a", "b", None, back) == written
    assert content(row_id, AT, "a", "b", None, {"n": 1.0}) == content(row_id, AT, "a", "b", None, {"n": 1})
    assert content(row_id, AT, "a", "b", None, {"n": (1, 2)}) == content(row_id, AT, "a", "b", None, {"n": [1, 2]})


def test_no_two_rows_say_the_same() -> None:
    """The bounds between fields are part of the text."""
    row_id = uuid4()
    said = {
        content(row_id, AT, "ab", "c", None, {}),
        content(row_id, AT, "a", "bc", None, {}),
        content(row_id, AT, "ab", "c", row_id, {}),
        content(row_id, AT, "ab", "c", None, {"c": None}),
        content(row_id, AT + timedelta(microseconds=1), "ab", "c", None, {}),
        content(row_id, AT, "ab", "c", None, {"n": "1"}),
        content(row_id, AT, "ab", "c", None, {"n": 1}),
    }
    assert len(said) == 7


@given(st.data())
def test_whatever_is_changed_is_found_where_it_was(data: st.DataObject) -> None:
    links = chain_of(8)
    assert Walk(hashed).along(links) is None
    at = data.draw(st.integers(0, 7))
    row = links[at].entry
    assert row is not None
    changed = data.draw(
        st.sampled_from(
            [
                replace(links[at], entry=replace(row, actor="staff:b")),
                replace(links[at], entry=replace(row, at=row.at + timedelta(microseconds=1))),
                replace(links[at], entry=replace(row, verb="open_desk")),
                replace(links[at], entry=replace(row, session_id=UUID(int=9))),
                replace(links[at], entry=replace(row, detail={"lines": 99})),
                replace(links[at], entry=replace(row, id=UUID(int=99))),
                replace(links[at], entry=replace(row, sequence=99)),
                replace(links[at], entry=replace(row, mark=None)),
                replace(links[at], digest=bytes(32)),
                replace(links[at], entry=None),
                replace(links[at], number=links[at].number + 1),
            ]
        )
    )
    fault = Walk(hashed).along([*links[:at], changed, *links[at + 1 :]])
    assert fault is not None and fault.number == changed.number
    gone = Walk(hashed).along([*links[:at], *links[at + 1 :]])
    assert gone == (None if at == 7 else ChainFault(Fault.LINK_MISSING, at + 2, at + 2))
    assert Walk(lambda purpose, value: hashlib.sha256(value.encode()).digest()).along(links) is not None, "another key"


def test_rows_without_a_mark_stand_at_the_beginning_alone() -> None:
    old = replace(entry(1), mark=None)
    first = Anchor(1, link_digest(hashed, START, old))
    young = entry(2)
    second = Anchor(2, link_digest(hashed, first, young))
    third = link_digest(hashed, second, replace(entry(3), mark=None))
    links = [LinkedEntry(1, 1, first.digest, old), LinkedEntry(2, 2, second.digest, young)]
    assert Walk(hashed).along(links) is None
    late = LinkedEntry(3, 3, third, replace(entry(3), mark=None))
    assert Walk(hashed).along([*links, late]) == ChainFault(Fault.UNMARKED, 3, 3)
    assert is_genuine(hashed, young) and not is_genuine(hashed, old)


@pytest.mark.parametrize("text", ["", "x", "1:", "1:zz", f"-1:{'00' * 32}", f"1:{'00' * 31}"])
def test_an_end_is_read_back_or_not_at_all(text: str) -> None:
    end = Anchor(12, bytes(range(32)))
    assert Anchor.read(f" {end}\n") == end
    assert Anchor.read(text) is None


# --- its words ---------------------------------------------------------------------------------------------------------

#: Verbs that aren't written out where they are used: the file, the expression, and what it can be.
INDIRECT = {
    "services/acknowledge_escalation.py": {"acknowledge_escalation", "start_contact"},
    "services/broadcasts/approve_text.py": {"approve_text", "note_approval", "refuse_text", "withdraw_text"},
    "services/desk/close_window.py": {"close_now", "plan_closure"},
    "services/desk/keep_phrase.py": {
        *("keep_phrase", "change_phrase", "remove_phrase", "offer_phrase", "withdraw_phrase"),
        *("share_phrase", "refuse_phrase", "take_back_phrase"),
    },
    "services/desk/lost_device.py": {"confirm_factor_reset", "refuse_factor_reset"},
    "services/desk/pass_on.py": {"offer_transfer", "withdraw_transfer"},
    "services/desk/read_escalations.py": {"open_escalation", "open_emergency_sheet"},
    "services/desk/reports/link_reports.py": {Deed.LINK},
    "services/desk/reports/step.py": set(Deed),
    "services/desk/pass_factor.py": {"use_recovery_code", "pass_factor"},
    "services/desk/tend_desk.py": {
        f"timer_{step}" for step in ("nudge", "end_silent", "alarm_silent", "last_call", "end_hours", "alarm_hours")
    },
    "services/desk/watch_attention.py": {"attention_tell_desk", "attention_ring"},
    "services/desk/write_note.py": {"write_note", "write_whisper", "write_debriefing"},
    "services/evidence/open.py": {"open_original", "hand_out_evidence", "see_evidence", "read_evidence"},
    "services/faults/keep_fault.py": {
        *("close_fault", "finish_fault_report", "show_trouble_notice", "hide_trouble_notice"),
    },
    "services/move_session.py": {
        *set(Change),
        *("show_session", "record_other_way", "close_untaken", "close_intake"),
        *("close_empty_report", "close_withdrawn", "reply_to_report"),
    },
    "services/report/return_to_report.py": {"wish_to_withdraw_report", "withdraw_report"},
    "services/report/talk_report.py": {"leave_report", "send_report"},
    "services/report/write_report.py": {"leave_report", "send_report"},
    "services/requests/data_request_verb.py": {f"data_request_{kind}" for kind in StepKind},
    "services/requests/instruct.py": {"answer_instruction", "finish_instruction", "withdraw_question"},
    "services/schools/keep_school.py": {"add_school", "change_school"},
    "services/shifts/write_papers.py": {
        *("save_daily_report", "finish_daily_report", "save_handover", "finish_handover"),
    },
    "services/take_survey_answer.py": {"unsend_survey_answer", "edit_survey_answer"},
}


def calls() -> Iterator[tuple[str, ast.expr]]:
    """The verb of each call that writes an audit row, with its file."""
    root = Path(handoff.__file__).parent
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "add"
                and isinstance(node.func.value, ast.Attribute)
                and node.func.value.attr == "audit"
            ):
                yield path.relative_to(root).as_posix(), node.args[2]


def written_out(verb: ast.expr) -> Iterator[str | None]:
    """What an expression can be; None for what isn't written out there."""
    if isinstance(verb, ast.IfExp):
        yield from written_out(verb.body)
        yield from written_out(verb.orelse)
    else:
        yield str(verb.value) if isinstance(verb, ast.Constant) else None


def test_every_verb_has_its_words_and_a_group() -> None:
    found = {(path, verb) for path, told in calls() for verb in written_out(told)}
    verbs = {verb for _, verb in found if verb is not None}
    assert len(verbs) > 150
    assert {path for path, verb in found if verb is None} == set(INDIRECT), "say here what their verbs can be"
    verbs |= {str(verb) for some in INDIRECT.values() for verb in some}
    assert sorted(verbs - all_verbs()) == []
    assert set(GROUP_WORDS) == set(Group)
    assert sum(len(verbs_of(group)) for group in Group) == len(all_verbs()), "in one group each"
    assert all(words_of(verb) != verb for verb in verbs)
    assert words_of("of_another_version") == "of_another_version"
    assert all(ACTOR_WORDS[name] for name in ("student", "worker", "nobody", "administrator"))


# --- the monthly confirmation --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "confirmed", "begun", "due"),
    [
        (date(2026, 12, 5), (), date(2026, 11, 30), date(2026, 11, 1)),
        (date(2026, 12, 4), (), date(2026, 11, 30), None),
        (date(2026, 12, 5), (date(2026, 11, 1),), date(2026, 1, 1), None),
        (date(2026, 12, 5), (date(2026, 10, 1),), date(2026, 1, 1), date(2026, 11, 1)),
        (date(2026, 12, 5), (), date(2026, 12, 1), None),
        (date(2026, 12, 5), (), None, None),
        (date(2027, 1, 31), (), date(2026, 1, 1), date(2026, 12, 1)),
    ],
)
def test_the_month_that_waits(today: date, confirmed: tuple[date, ...], begun: date | None, due: date | None) -> None:
    assert month_due(today, frozenset(confirmed), begun) == due
    assert month_before(today) < today.replace(day=1)
