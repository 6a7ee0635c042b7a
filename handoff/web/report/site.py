"""All of the report's pages for the app: their routes, their troubles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sanic import Request, Sanic
from sanic.response import BaseHTTPResponse, HTTPResponse, redirect

from handoff.web.report.guard import ROOT, parts_of
from handoff.web.report.leaving import report_leaving
from handoff.web.report.render import trouble_page
from handoff.web.report.routes import report_pages
from handoff.web.report.sitting import sit_down, stand_up

_TROUBLES: Final[Mapping[int, tuple[str, str]]] = {
    403: ("受け取れませんでした", "安全のため、止めました。もう一度、はじめのページから開いてください。"),
    404: (
        "このページはありません",
        "アドレスがちがうか、ページが古くなっています。もう一度、はじめのページから開いてください。",
    ),
    413: ("長すぎて、受け取れませんでした", "前の画面にもどって、短く分けて送ってください。"),
    503: (
        "いま、保存できません",
        "書いたことは、前の画面に残っています。少し待ってから、前の画面にもどって、もう一度送ってください。",
    ),
}
_OTHER: Final = ("うまくいきませんでした", "前の画面にもどって、もう一度ためしてください。")
_PAGES: Final = (*report_pages, report_leaving)
for part in _PAGES:
    # Before anything else is asked: of a page that was left nothing is shown, not even that it isn't used any more.
    part.on_request(sit_down, priority=1)


def add_report(app: Sanic[Any, Any]) -> None:
    """Give the app the report's pages."""
    app.blueprint(list(_PAGES))
    app.register_middleware(_stand_up, "response")


async def _stand_up(_request: Request[Any, Any], _response: BaseHTTPResponse) -> None:
    stand_up()


def report_trouble(request: Request[Any, Any], status: int) -> HTTPResponse:
    """A page for somebody who has to know what to do next, and whom they can call now."""
    if status == 405 and request.method == "GET":
        # A tab that the browser opens again, at the address of a form: there is no token any more, but a way on.
        return redirect(f"{ROOT}/answer" if request.path.startswith(f"{ROOT}/mine") else ROOT, status=303)
    title, text = _TROUBLES.get(status, _OTHER)
    return trouble_page(parts_of(request).setting, title, text, status)
