"""``/report/away``: leave at once (row 27). With a script the page is gone before this arrives."""

from __future__ import annotations

from typing import Any

import structlog
from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import StoreUnavailable
from handoff.services.report.write_report import Sender
from handoff.web.report.form import Step, change_of, step_of
from handoff.web.report.guard import ROOT, Form, parts_of, read_form, visit_of
from handoff.web.report.sitting import away, sitting_now

log = structlog.get_logger(__name__)
report_leaving = Blueprint("report_leaving", url_prefix=ROOT)


@report_leaving.post("/away")
async def leave(request: Request[Any, Any]) -> HTTPResponse:
    """``token``, ``sitting``, and what stood in the step's fields: keep that, end the visit, show a page about nothing."""
    parts, form = parts_of(request), read_form(request)
    try:
        await _keep_words(request, form)
        await parts.leave(form.token, sitting_now().signs)
    except StoreUnavailable:
        log.warning("report_not_left")  # whoever has to be gone is gone all the same
    return away()


async def _keep_words(request: Request[Any, Any], form: Form) -> None:
    """Keep what was typed last. No work is asked, also in a flood: nobody would do it, and this ends the visit."""
    parts = parts_of(request)
    if not form.get("step") or not await parts.holds(form.token):
        return
    change = change_of(step_of(form.get("step"), tuple(Step)), form, await parts.schools())
    await parts.keep(form.token, change, visit_of(request), sender=Sender.LEAVING, turn=form.turn)
