"""``/desk/requests/leaks``: what is known of a leak, its days, and the reports that went to the board."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from sanic import Request
from sanic.exceptions import NotFound as NoSuchPage
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.leak import DataKind, Leak, LeakCause, LeakContent, LeakState, Told, VersionKind
from handoff.domain.staff import Permission, StaffMember
from handoff.services.request_ports import LeakVersion
from handoff.web.desk.escalations_forms import chosen
from handoff.web.desk.form_pages import Form, back, day_of, day_words, key_of, moment_words, posts
from handoff.web.desk.guard import reads
from handoff.web.desk.requests.pages import (
    LEAKS,
    desk_of,
    desk_requests,
    due_words,
    page_number,
    show_page,
    whole_day,
    whole_moment,
)
from handoff.web.desk.requests.words import CAUSES, DATA_KINDS, LEAK_STATES, TOLD, VERSIONS

SAID: Final = {
    "noted": "記録しました。わかったことから書き足してください。",
    "save": "保存しました。",
    "first": "速報を作りました。教育委員会が読めます。",
    "final": "確報を作りました。教育委員会が読めます。",
    "skip": "報告しないことを記録しました。",
}


@desk_requests.get("/requests/leaks")
@reads
async def show_leaks(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """All leaks, the last first, and the form of a new one; for the board the reports that went out."""
    return await _list(request, member)


@desk_requests.post("/requests/leaks")
@posts
async def note(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``noticed_on``, ``noticed_by``, ``what``, ``key``."""
    try:
        content = LeakContent(noticed_by=form.get("noticed_by", "").strip(), what=form.get("what", "").strip())
        made = await desk_of(request).note_leak(member, key_of(form), _noticed_on(form), content)
    except InputRefused as error:
        return await _list(request, member, form, error)
    return back(f"{LEAKS}/{made}", "noted")


async def _list(
    request: Request[Any, Any], member: StaffMember, form: Form | None = None, error: InputRefused | None = None
) -> HTTPResponse:
    found = await desk_of(request).read_leaks.listed(member, page_number(request))
    return await show_page(
        request,
        member,
        "requests_leaks.html",
        SAID,
        form,
        error,
        "note",
        rows=[_row(leak, found.today) for leak in found.leaks],
        sent=[_version(version) for version in found.sent],
        total=found.total,
        page=found.page,
        pages=found.pages,
        board=member.may(Permission.INSTRUCT),
        writes=member.may(Permission.HANDLE_REQUESTS),
        today=found.today.isoformat(),
    )


@desk_requests.get("/requests/leaks/<leak_id:uuid>")
@reads
async def show_leak(request: Request[Any, Any], member: StaffMember, leak_id: UUID) -> HTTPResponse:
    """One leak with its days, the form of what is known, and its reports."""
    return await _one(request, member, leak_id)


@desk_requests.post("/requests/leaks/<leak_id:uuid>/<step:str>")
@posts
async def change(request: Request[Any, Any], member: StaffMember, form: Form, leak_id: UUID, step: str) -> HTTPResponse:
    """``save`` with the whole form, ``first`` and ``final`` with ``key`` and ``seen``, ``skip`` with ``reason``."""
    desk = desk_of(request)
    try:
        if step == "save":
            await desk.save_leak(leak_id, member, _seen(form), _noticed_on(form), _content(form))
        elif step in tuple(VersionKind):
            await desk.send_leak(leak_id, member, VersionKind(step), _seen(form), key_of(form))
        elif step == "skip":
            await desk.skip_leak(leak_id, member, form.get("reason", ""))
        else:
            raise NoSuchPage("no such step")
    except InputRefused as error:
        return await _one(request, member, leak_id, form, error, step)
    return back(f"{LEAKS}/{leak_id}", step)


@desk_requests.get("/requests/leaks/versions/<version_id:uuid>")
@reads
async def show_version(request: Request[Any, Any], member: StaffMember, version_id: UUID) -> HTTPResponse:
    """A report as it went out, to be printed."""
    version, aliases = await desk_of(request).read_leaks.version(member, version_id)
    return await show_page(
        request,
        member,
        "requests_leak_sheet.html",
        {},
        version=_version(version),
        lines=_lines(version.content),
        by=aliases[version.made_by],
        back_to=LEAKS if member.may(Permission.INSTRUCT) else f"{LEAKS}/{version.leak_id}",
    )


async def _one(
    request: Request[Any, Any],
    member: StaffMember,
    leak_id: UUID,
    form: Form | None = None,
    error: InputRefused | None = None,
    step: str = "",
) -> HTTPResponse:
    view = await desk_of(request).read_leaks.one(member, leak_id)
    leak, today = view.leak, view.today
    return await show_page(
        request,
        member,
        "requests_leak.html",
        SAID,
        form,
        error,
        step,
        one={
            **_row(leak, today),
            "version": leak.version,
            "first_should": due_words(leak.first_due[0], today),
            "first_due": due_words(leak.first_due[1], today),
            "final_due": due_words(leak.final_due, today),
            "meant": leak.content.meant,
            "reportable": leak.content.reportable,
            "reason": leak.reason,
            "first_open": leak.state is LeakState.NOTED,
            "saved": f"{moment_words(leak.saved_at, today)}　{view.aliases[leak.saved_by]}",
        },
        values=form if step == "save" and form is not None else _fields(leak),
        lines=_lines(leak.content),
        versions=[_version(version) for version in view.versions],
        kinds=DATA_KINDS,
        causes=CAUSES,
        told_names=TOLD,
        may={
            "save": view.writes,
            "first": view.writes and leak.state in (LeakState.NOTED, LeakState.FIRST_SENT),
            "final": view.writes and leak.state is not LeakState.NOT_REPORTED,
            "skip": view.writes and leak.state is LeakState.NOTED and not leak.content.reportable,
        },
        address=f"{LEAKS}/{leak_id}",
        today=today.isoformat(),
    )


def _noticed_on(form: Form) -> date:
    noticed_on = day_of(form, "noticed_on")
    if noticed_on is None:
        raise InputRefused("noticed_on", "気づいた日を入れてください。")
    return noticed_on


def _seen(form: Form) -> int:
    seen = form.get("seen", "")
    if not (seen.isdecimal() and len(seen) < 9):
        raise InputRefused("seen", "画面が古くなっています。読み込み直してください。")
    return int(seen)


def _content(form: Form) -> LeakContent:
    """What the form says. Raises: InputRefused."""
    persons = form.get("persons", "").strip()
    if persons and not (persons.isdecimal() and len(persons) < 9):
        raise InputRefused("persons", "人数を、0からの数字で入れてください。わからないときは空のままにします。")
    cause = form.get("cause", "")
    return LeakContent(
        noticed_by=form.get("noticed_by", "").strip(),
        what=form.get("what", "").strip(),
        kinds=frozenset(kind for kind in DataKind if f"kind-{kind}" in form),
        persons=int(persons) if persons else None,
        cause=chosen(LeakCause, form, "cause", "原因の種類をえらんでください。") if cause else None,
        why=form.get("why", "").strip(),
        wrongful="wrongful" in form,
        harm=form.get("harm", "").strip(),
        told=chosen(Told, form, "told", "本人に伝えたかどうかをえらんでください。"),
        measures=form.get("measures", "").strip(),
        announced=chosen(Told, form, "announced", "公表したかどうかをえらんでください。"),
        public=form.get("public", "").strip(),
        prevention=form.get("prevention", "").strip(),
    )


def _fields(leak: Leak) -> dict[str, str]:
    """A leak as its form has it."""
    content = leak.content
    boxes = {f"kind-{kind}": "on" for kind in content.kinds} | ({"wrongful": "on"} if content.wrongful else {})
    return boxes | {
        "noticed_on": leak.noticed_on.isoformat(),
        "noticed_by": content.noticed_by,
        "what": content.what,
        "persons": "" if content.persons is None else str(content.persons),
        "cause": content.cause or "",
        "why": content.why,
        "harm": content.harm,
        "told": content.told,
        "measures": content.measures,
        "announced": content.announced,
        "public": content.public,
        "prevention": content.prevention,
    }


def _lines(content: LeakContent) -> list[tuple[str, str]]:
    """The rows of the sheet."""
    return [
        ("気づいた人", content.noticed_by),
        ("何が起きたか", content.what),
        ("情報の種類", "、".join(DATA_KINDS[kind] for kind in DataKind if kind in content.kinds)),
        ("本人の数", "調べています" if content.persons is None else f"{content.persons:,}人"),
        ("原因", "　".join(filter(None, (CAUSES[content.cause] if content.cause else "", content.why)))),
        ("不正の目的", "おそれがある" if content.meant else "おそれはない" if content.cause else "調べています"),
        ("二次被害", content.harm),
        ("本人への対応", f"本人への通知：{TOLD[content.told]}\n{content.measures}".strip()),
        ("公表", f"公表：{TOLD[content.announced]}\n{content.public}".strip()),
        ("再発防止", content.prevention),
    ]


def _row(leak: Leak, today: date) -> dict[str, Any]:
    first_line = " ".join(leak.content.what.split())
    return {
        "path": f"{LEAKS}/{leak.id}",
        "reference": str(leak.id)[:8],
        "noticed": day_words(leak.noticed_on, today),
        "what": first_line if len(first_line) <= 60 else f"{first_line[:59]}…",
        "state": LEAK_STATES[leak.state],
        "due": "" if leak.due_on is None else due_words(leak.due_on, today),
        "late": leak.is_late(today),
    }


def _version(version: LeakVersion) -> dict[str, Any]:
    return {
        "path": f"{LEAKS}/versions/{version.id}",
        "name": VERSIONS[version.kind],
        "number": version.number,
        "noticed": whole_day(version.noticed_on),
        "made": whole_moment(version.made_at),
        "reference": str(version.leak_id)[:8],
    }
