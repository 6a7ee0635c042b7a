"""What somebody gets who is asked for work: JSON for scripts; for a plain form a page that does it and goes on, or that says
how long to wait and then goes on by its button.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic import Request, Sanic
from sanic.response import HTTPResponse, html, json

from handoff.domain.errors import WorkRequired
from handoff.domain.hours import ZONE
from handoff.domain.profile import Profile
from handoff.domain.profile.wording import lines_text, open_lines
from handoff.services.setting import Setting
from handoff.web.fair.fair import CHALLENGE_FIELD, HEADER, NONCE_FIELD, fields_of
from handoff.web.headers import WORK_PAGE
from handoff.web.our_pages import LEAVE_REPORT, SITTING_FIELD, wants_json

_templates: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
#: Seconds between two of the page's clocks (``fair.css``): it tells without a script when the time has come.
_CLOCK_STEP: Final = 30


def add_fair(app: Sanic[Any, Any]) -> None:
    """Give the app the answer to ``WorkRequired``."""
    app.error_handler.add(WorkRequired, _say)


def _say(request: Request[Any, Any], error: WorkRequired) -> HTTPResponse:
    return work_response(request, error)


def work_response(
    request: Request[Any, Any],
    error: WorkRequired,
    fields: Sequence[tuple[str, str]] | None = None,
    *,
    without_files: bool = False,
) -> HTTPResponse:
    """The answer to a request that has to come again with work.

    Args: fields: what was typed, where the route has read its body itself; None: as the plain form held it;
    without_files: it brought files, which no page can hold: it says that they have to be chosen again.

    A script gets 429 and ``{"code": "work_required", "message", "challenge", "bits"}``; it's one where it asks for JSON
    or sends anything but a form. A form of a page gets a page that holds all that was typed, and sends it again.
    """
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (wants_json(request) or HEADER in request.headers) or (request.method != "GET" and "form" not in form):
        said = {"code": error.code, "message": error.text, "challenge": error.challenge, "bits": error.bits}
        return json(said, status=error.status, headers={"cache-control": "no-store"})
    if fields is None:
        fields = fields_of(request) if request.method != "GET" else request.get_query_args(keep_blank_values=True)
    setting: Setting = request.app.ctx.parts.desk.setting
    now = setting.clock.now()
    page = _templates.get_template("fair.html").render(
        action=_address(request),
        method="get" if request.method == "GET" else "post",
        fields=[(name, value) for name, value in fields if name not in (CHALLENGE_FIELD, NONCE_FIELD)],
        challenge=error.challenge,
        bits=error.bits,
        names={"challenge": CHALLENGE_FIELD, "nonce": NONCE_FIELD},
        without_files=without_files,
        leave=LEAVE_REPORT if any(name == SITTING_FIELD for name, _value in fields) else None,
        wait=_wait(error, now),
        lines=open_now(setting.profile, now),
        service_name=setting.profile.service_name,
    )
    return html(page, status=error.status, headers={**WORK_PAGE, "retry-after": f"{error.wait}"})


def _wait(error: WorkRequired, now: datetime) -> dict[str, str | int]:
    """When a person without a script may go on, in words, and the class that lets the page's own clock say that it's time."""
    steps = max(1, -(-error.wait // _CLOCK_STEP))
    return {
        "minutes": max(1, -(-error.wait // 60)),
        "first": _clock_words(now + timedelta(seconds=error.wait + 59)),
        "last": _clock_words(now + timedelta(seconds=error.life)),
        "seconds": steps * _CLOCK_STEP,
    }


def _clock_words(at: datetime) -> str:
    local = at.astimezone(ZONE)
    return f"{local.hour}時{local.minute:02}分"


def _address(request: Request[Any, Any]) -> str:
    """Where the form goes again; one that is got replaces the query by its own fields."""
    return (
        request.path
        if request.method == "GET" or not request.query_string
        else f"{request.path}?{request.query_string}"
    )


def open_now(profile: Profile, at: datetime) -> list[dict[str, str]]:
    """The lines of a profile that are open: ``text``, and ``href`` to dial it or to go there."""
    rows = []
    for line in open_lines((*(profile.lines or ()), *(profile.lines_by_text or ())), at):
        href = f"tel:{line.number.replace('-', '')}" if line.number is not None else line.url or ""
        rows.append({"text": lines_text([line], at), "href": href})
    return rows
