"""A request about personal data as its pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from handoff.domain.data_request import (
    Asker,
    DataRequest,
    Decision,
    Ground,
    Proof,
    RequestState,
    Wish,
)
from handoff.domain.escalation import Suspect
from handoff.domain.session import State
from handoff.domain.staff import Permission, StaffMember
from handoff.services.request_ports import RequestStep, StepKind
from handoff.services.requests.carry_out_request import Copy
from handoff.services.requests.read_data_requests import RequestView
from handoff.services.transcript_line import TranscriptLine
from handoff.web.desk.form_pages import day_words, moment_words
from handoff.web.desk.requests.pages import DATA, due_words, whole_day, whole_moment
from handoff.web.desk.requests.words import (
    ARRIVALS,
    ASKERS,
    AUTHORS,
    CHILD,
    DECISIONS,
    GROUNDS,
    KINDS,
    PROOFS,
    STATES,
    STEPS,
    WISHES,
    title_of,
)

#: Sessions among which a part is chosen: a form holds no more boxes.
MOST_CHOSEN: Final = 40
#: What a form may still do in each state.
_UNDECIDED: Final = frozenset({RequestState.RECEIVED, RequestState.CHECKED})


def row_of(request: DataRequest, today: date) -> dict[str, Any]:
    """A line of the list."""
    return {
        "path": f"{DATA}/{request.id}",
        "title": title_of(request),
        "received": day_words(request.received_on, today),
        "due": due_words(request.due_on, today) if request.undecided else "",
        "late": request.is_late(today),
        "state": STATES[request.state],
        "decision": "" if request.decision is None else DECISIONS[request.decision],
    }


def view_of(view: RequestView, member: StaffMember) -> dict[str, Any]:
    """All that the page of one request shows."""
    request, today = view.request, view.today
    granted = request.state in (RequestState.DECIDED, RequestState.TOLD) and request.grants
    deletes = request.wish is Wish.DELETE
    return {
        **row_of(request, today),
        "reference": str(request.id)[:8],
        "received_whole": whole_day(request.received_on),
        "due_whole": whole_day(request.due_on),
        "wish": WISHES[request.wish],
        "only_lines": view.lines,
        "asker": ASKERS[request.asker],
        "own": request.asker == "self",
        "guardian": request.asker == "guardian",
        "arrival": ARRIVALS[request.arrival],
        "about": request.about,
        "proof": "" if request.proof is None else PROOFS[request.proof],
        "linked": request.contact_id is not None,
        "extended": request.extended_on is not None,
        "grounds": [GROUNDS[ground] for ground in Ground if ground in request.grounds],
        "child": CHILD[request.child],
        "by": "" if request.decided_by is None else view.aliases[request.decided_by],
        "second": "" if request.second_by is None else view.aliases[request.second_by],
        "mine": request.decided_by == member.id,
        "steps": [_step(step, view) for step in view.steps],
        "warnings": _warnings(view),
        "two": view.danger.known or deletes,
        "tell_hint": _tell_hint(view),
        "sessions": [
            {
                "id": str(session.id),
                "opened": moment_words(session.opened_at, today),
                "lines": session.lines,
                "open": session.state is not State.CLOSED,
                "chosen": session.id in request.session_ids,
            }
            for session in view.sessions[:MOST_CHOSEN]
        ],
        "more_sessions": max(0, len(view.sessions) - MOST_CHOSEN),
        "parts": request.wish in (Wish.DISCLOSE, Wish.DELETE),
        "holds": [
            {
                "reason": hold.reason,
                "by": view.aliases.get(hold.placed_by, "ほかの人"),
                "at": moment_words(hold.placed_at, today),
            }
            for hold in view.holds
        ],
        "order": None if view.order is None else moment_words(view.order.ordered_at, today),
        "disposed": view.order is not None and view.order.done_at is not None,
        "whole": view.whole,
        "board": member.may(Permission.INSTRUCT),
        "may": {
            "link": view.whole and request.state in _UNDECIDED,
            "check": view.whole and request.state in _UNDECIDED,
            "extend": view.whole and request.undecided and request.extended_on is None and today <= request.due_on,
            "withdraw": view.whole and request.undecided,
            "decide": view.whole and request.state is RequestState.CHECKED,
            "agree": request.state is RequestState.PROPOSED and request.decided_by != member.id,
            "reconsider": request.state is RequestState.PROPOSED
            or (
                view.whole
                and request.decision is not None
                and request.ended_at is None
                and (view.order is None or view.order.done_at is None)
            ),
            "tell": view.whole and request.state is RequestState.DECIDED,
            "hand_out": view.whole and granted and request.wish is Wish.DISCLOSE,
            "dispose": view.whole and granted and deletes and view.order is None,
            "carry_out": view.whole and request.state is RequestState.TOLD and request.grants,
            "hold": view.whole and request.contact_id is not None,
        },
        "proofs": {
            code: name
            for code, name in PROOFS.items()
            if request.asker == "self" or code not in (Proof.ACCOUNT, Proof.RECEIPT)
        },
        "decisions": DECISIONS,
        "all_grounds": {
            code: name for code, name in GROUNDS.items() if code is not Ground.ABUSE or request.asker == "guardian"
        },
        "children": CHILD,
        "deletes": deletes,
    }


def _warnings(view: RequestView) -> list[str]:
    """What supervisors have to know before they say yes; never shown to anybody else."""
    found = []
    if view.suspected:
        found.append(
            "請求した人が、子どもを傷つけている人かもしれません。この画面では応じられません。"
            "見せないこと、子どもが相談したと気づかせないことを先に考え、教育委員会に指示を仰いでください。"
        )
    if view.danger.grave:
        found.append(
            "この人の相談には、虐待や性被害をうかがわせるものがあります。保護者の請求でも、子どもの生命・健康・生活・財産を"
            "害するおそれがあるときは、開示しないことができます（個人情報保護法78条1項1号。教育委員会が確かめてください）。"
        )
    if Suspect.GUARDIAN in view.danger.suspects and not view.suspected:
        found.append(
            "家の人が関わっているおそれがあります。本人の名前の請求でも、家の人が書かせていないかを確かめてください。"
        )
    if Suspect.TEACHER in view.danger.suspects and not view.suspected:
        found.append("教職員が関わっているおそれがあります。学校に伝わらないようにしてください。")
    return found


def _tell_hint(view: RequestView) -> str:
    """What has to be thought of before anybody is told. To name a reason may be to tell that the child talked."""
    if view.request.grants:
        return "渡し方と日にちも伝えます。本人に伝えるときは、家の人に見られない方法かを先に確かめます。"
    if view.request.asker is not Asker.SELF:
        return (
            "相談があったかどうかは、答えません。「虐待が疑われる」「子どもを害するおそれ」などの理由も、そのまま書くと、子どもが相談したと"
            "わかってしまいます。「あるかどうかを答えずに、応じない」とだけ伝える形（個人情報保護法81条）にするかを、"
            "教育委員会と決めてから伝えてください。不服の申し立てができることは伝えます。"
        )
    return "理由と、不服の申し立てができることも伝えます。家の人に見られない方法かを、先に確かめます。"


def _step(step: RequestStep, view: RequestView) -> dict[str, Any]:
    codes: dict[StepKind, Mapping[Any, str]] = {StepKind.CHECK: PROOFS, StepKind.DECIDE: DECISIONS}
    told = codes.get(step.kind, {}).get(step.code, "")
    return {
        "name": STEPS[step.kind],
        "code": told,
        "words": step.words,
        "by": view.aliases.get(step.by, "ほかの人"),
        "at": whole_moment(step.at),
    }


def copy_of(copy: Copy) -> dict[str, Any]:
    """The page that is handed out: who spoke, when, and the words; staff stand there by their part alone."""
    return {
        "title": title_of(copy.request),
        "reference": str(copy.request.id)[:8],
        "made": whole_moment(copy.at),
        "until": whole_moment(copy.until),
        "partly": copy.request.decision is Decision.PARTLY,
        "sessions": [
            {"opened": whole_moment(session.opened_at), "lines": [_line(line) for line in lines]}
            for session, lines in copy.sessions
        ],
    }


def _line(line: TranscriptLine) -> dict[str, str]:
    if line.hidden or line.removed:
        text = "（取り消された言葉）"
    elif line.kind in KINDS:
        text = f"（{KINDS[line.kind]}）"
    else:
        text = line.text or "（言葉が残っていません）"
    return {"who": AUTHORS[line.author], "at": moment_words(line.at), "text": text}
