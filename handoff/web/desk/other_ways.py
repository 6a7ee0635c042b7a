"""``/desk/other-ways``: write down a consultation that came by phone, mail, fax, letter or in person (TAJ-1, HYO-4.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.exceptions import Forbidden
from sanic.response import HTTPResponse, redirect

from handoff.domain.coding import WRITER_NAMES, Writer
from handoff.domain.errors import InputRefused, NotFound, SignInRequired, TsunagiError
from handoff.domain.hours import ZONE
from handoff.domain.incoming import Channel
from handoff.domain.other_ways import CHANNEL_NAMES, LONGEST_NAME, LONGEST_WORDS, OtherWay, offered
from handoff.domain.staff import Permission, StaffMember
from handoff.web.desk.form_pages import Form, id_of, key_of, moment_words, new_key, read_fields
from handoff.web.desk.guard import ROOT, check_change, parts_of, reads, who
from handoff.web.desk.pages import page_of
from handoff.web.our_pages import check_origin

desk_other_ways = Blueprint("desk_other_ways", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/other-ways"
#: Bytes of a form: all the letters of the longest words in percent signs and some more, so that words that are too long
#: come back to whoever wrote them.
LARGEST: Final = 768 * 1024
_EXPIRED: Final = (
    "ログインの時間が切れました。別のタブでログインしてから、この画面で「記録に入れる」をもう一度押してください。"
    "書いたものは残っています。"
)
_AGAIN: Final = "ログインし直したので、もう一度「記録に入れる」を押してください。書いたものは残っています。"


@desk_other_ways.get("/other-ways")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``earlier``: a session of the same person, after which this one comes."""
    member.check(Permission.COUNSEL)
    return await _page(request, member, {"earlier": str(request.args.get("earlier", ""))})


@desk_other_ways.post("/other-ways")
async def record(request: Request[Any, Any]) -> HTTPResponse:
    """``channel``, ``came_at`` (Japan's time), ``words``, ``role``, ``school``, ``name``, ``earlier``, ``key``.

    Whatever is wrong, what was typed comes back on the page; only another site's form is refused without it.
    """
    parts = parts_of(request)
    check_origin(request, parts.origin)
    form, member = read_fields(request, LARGEST), None
    try:
        member = await who(request)
        member.check(Permission.COUNSEL)
        check_change(request, form.get("token"))
        session_id = await parts.record_other_way(member, _entry(form), key_of(form), _earlier(form))
    except SignInRequired as error:
        return await _page(request, None, form, status=error.status, fault=_EXPIRED)
    except Forbidden:
        return await _page(request, member, form, status=403, fault=_AGAIN)
    except TsunagiError as error:
        field = error.field if isinstance(error, InputRefused) else ""
        return await _page(request, member, form, status=error.status, fault=error.text, field=field)
    return redirect(f"{ROOT}/talks/{session_id}/sheet?said=recorded", status=303)


def _entry(form: Form) -> OtherWay:
    """Raises: InputRefused."""
    channel, role = form.get("channel", ""), form.get("role", "")
    if channel not in set(Channel):
        raise InputRefused("channel", "手段を選んでください。")
    return OtherWay(
        channel=Channel(channel),
        came_at=_came_at(form.get("came_at", "")),
        words=form.get("words", ""),
        role=Writer(role) if role in set(Writer) else Writer.UNKNOWN,
        school=_one_line(form.get("school", "")),
        name=_one_line(form.get("name", "")),
    )


def _came_at(told: str) -> datetime:
    try:
        at = datetime.fromisoformat(told.strip())
        return (at if at.tzinfo is not None else at.replace(tzinfo=ZONE)).astimezone(ZONE)
    except (ValueError, OverflowError):
        raise InputRefused("came_at", "日時を入れてください。") from None


def _one_line(told: str) -> str:
    return " ".join(told.split())


def _earlier(form: Form) -> UUID | None:
    """Raises: NotFound."""
    told, earlier = form.get("earlier", ""), id_of(form, "earlier")
    if told and earlier is None:
        raise NotFound("no such session")
    return earlier


async def _page(
    request: Request[Any, Any],
    member: StaffMember | None,
    form: Form,
    *,
    status: int = 200,
    fault: str | None = None,
    field: str = "",
) -> HTTPResponse:
    """The page with what was typed. Args: member: None where nobody is signed in any more; field: that is refused."""
    parts = parts_of(request)
    profile, now = parts.setting.profile, parts.setting.clock.now()
    earlier = id_of(form, "earlier")
    card = None if earlier is None or member is None else await parts.read.card_for(earlier, member)
    if member is not None and form.get("earlier") and card is None:
        raise NotFound("no such session")
    ways = [(str(channel), CHANNEL_NAMES[channel]) for channel in offered(profile)]
    typed = {name: form.get(name, "") for name in ("channel", "words", "role", "school", "name", "earlier")}
    return await page_of(
        request,
        member,
        "other_ways.html",
        status=status,
        here="other-ways",
        fault=fault,
        field=field,
        ways=ways,
        roles=[(str(role), name) for role, name in WRITER_NAMES.items()],
        typed=typed | {"came_at": form.get("came_at") or f"{now.astimezone(ZONE):%Y-%m-%dT%H:%M}"},
        key=id_of(form, "key") or new_key(),
        earlier=None if card is None else f"{moment_words(card.opened_at)}の{CHANNEL_NAMES[card.channel]}",
        names_needed=profile.eligible.anonymous.school is False,
        longest={"words": LONGEST_WORDS, "name": LONGEST_NAME},
    )
