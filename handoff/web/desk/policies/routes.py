"""``/desk/policies``: the versions of the policy, the board's own words for the next one, and its publication."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.hours import ZONE
from handoff.domain.policy import (
    LONGEST_APPROVER,
    LONGEST_NOTE,
    LONGEST_SHORT,
    LONGEST_WORDS,
    PAGE_NAMES,
    BoardWords,
    Difference,
    Page,
    PolicyVersion,
    differences,
)
from handoff.domain.staff import Permission, StaffMember
from handoff.services.policies.keep_policy import PolicyBoard, Publication
from handoff.web.desk.form_pages import Form, back, day_of, day_words, id_of, key_of, moment_words, new_key, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of
from handoff.web.policy.rows import shown

desk_policies = Blueprint("desk_policies", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/policies"
#: Rows of the list; an earlier version is reached by its number.
MOST_VERSIONS: Final = 50
SAID: Final = {
    "kept": "足す文を保存しました。公開すると、子どもに見えるようになります。",
    "same": "変わったところはありませんでした。",
    "published": "新しい版を公開しました。",
}


@desk_policies.get("/policies")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The versions; for who keeps them, what changed since, the board's words and the way to publish."""
    return await _page(request, member)


@desk_policies.get("/policies/<number:int>")
@reads
async def version(request: Request[Any, Any], member: StaffMember, number: int) -> HTTPResponse:
    """One version as it was published, with what it changed."""
    board = await parts_of(request).policies.read(member)
    found = next((one for one in board.versions if one.number == number), None)
    if found is None:
        raise NotFound("no such version")
    before = next((one for one in board.versions if one.number == number - 1), None)
    changes = [] if before is None else _told(differences(before.text, found.text))
    return await page_of(
        request,
        member,
        "policies_version.html",
        here="service",
        one=_row(found, board),
        sections=shown(found.text),
        names=PAGE_NAMES,
        changes=changes,
        before=None if before is None else before.number,
    )


@desk_policies.get("/policies/next")
@reads
async def preview(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """What would be published now, in the width of a phone."""
    board = await parts_of(request).policies.read(member)
    return await page_of(
        request, member, "policies_next.html", here="service", sections=shown(board.next_text), names=PAGE_NAMES
    )


@desk_policies.post("/policies/words")
@posts
async def keep(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``short``, ``full``, ``privacy``, ``revision``: what the board adds to the next version."""
    words = BoardWords(**{page.value: form.get(page.value, "") for page in Page})
    try:
        changed = await parts_of(request).policies.keep(member, words, _number(form, "revision"))
    except InputRefused as error:
        return await _page(request, member, words=form, error=error)
    return back(PAGE, "kept" if changed else "same")


@desk_policies.post("/policies/publish")
@posts
async def publish(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``note``, ``approved_by``, ``approved_on``, ``holds_from`` (empty: now), ``revision``, ``shown``, ``key``."""
    try:
        approved_on = day_of(form, "approved_on")
        if approved_on is None:
            raise InputRefused("approved_on", "教育委員会が承認した日を入れてください。")
        asked = Publication(
            key=key_of(form),
            revision=_number(form, "revision"),
            shown=form.get("shown", ""),
            note=form.get("note", ""),
            approved_by=form.get("approved_by", ""),
            approved_on=approved_on,
            holds_from=_begins(form),
        )
        await parts_of(request).policies.publish(member, asked)
    except InputRefused as error:
        return await _page(request, member, publication=form, error=error)
    return back(PAGE, "published")


def _number(form: Form, name: str) -> int:
    told = form.get(name, "")
    if not (told.isascii() and told.isdigit() and len(told) < 10):
        raise InputRefused(name, "画面が古くなっています。読み込み直してください。")
    return int(told)


def _begins(form: Form) -> datetime | None:
    """The minute from which it holds, in Japan's time; None where it is empty. Raises: InputRefused."""
    told = form.get("holds_from", "").strip()
    if not told:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:
        raise InputRefused("holds_from", "日にちと時刻を「2026-11-20T16:00」の形で入れてください。")
    return at.replace(tzinfo=ZONE)


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    *,
    words: Form | None = None,
    publication: Form | None = None,
    error: InputRefused | None = None,
) -> HTTPResponse:
    board = await parts_of(request).policies.read(member)
    today = board.now.astimezone(ZONE).date()
    kept = {page.value: "\n".join(board.draft.words.rows(page)) for page in Page}
    stale = error is not None and error.field == "revision"
    return await page_of(
        request,
        member,
        "policies.html",
        status=200 if error is None else error.status,
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        field="" if error is None else error.field,
        keeps=member.may(Permission.KEEP_POLICY),
        current=None if board.current is None else _row(board.current, board),
        coming=[_row(one, board) for one in board.coming],
        versions=[_row(one, board) for one in board.versions[:MOST_VERSIONS]],
        count=len(board.versions),
        differs=bool(board.changes),
        changes=_told(board.changes),
        words=words or kept,
        theirs=kept if stale else None,
        written=_written(board, today),
        revision=board.draft.revision,
        fingerprint=board.next_text.fingerprint,
        length=board.next_text.length(Page.SHORT),
        longest={"page": LONGEST_SHORT, "note": LONGEST_NOTE, "approver": LONGEST_APPROVER, **LONGEST_WORDS},
        typed=publication or {"approved_on": today.isoformat()},
        key=(id_of(publication, "key") if publication else None) or new_key(),
        today=today.isoformat(),
        earliest=board.now.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M"),
        names=PAGE_NAMES,
    )


def _written(board: PolicyBoard, today: date) -> str:
    by, at = board.draft.changed_by, board.draft.changed_at
    return "" if by is None or at is None else f"{moment_words(at, today)} {board.aliases[by]}"


def _row(one: PolicyVersion, board: PolicyBoard) -> dict[str, Any]:
    today = board.now.astimezone(ZONE).date()
    return {
        "number": one.number,
        "from": moment_words(one.holds_from, today),
        "note": one.note,
        "approved_by": one.approved_by,
        "approved_on": day_words(one.approved_on, today),
        "by": board.aliases[one.published_by],
        "at": moment_words(one.published_at, today),
        "state": "いまの版" if one == board.current else "これから" if one.holds_from > board.now else "前の版",
    }


def _told(changes: Sequence[Difference]) -> list[dict[str, Any]]:
    return [{"page": PAGE_NAMES[one.page], "gone": one.gone, "added": one.added} for one in changes]
