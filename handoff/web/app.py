"""The web process: one Sanic app, made by a picklable factory."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sanic import Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import HTTPResponse, html, json

from handoff.domain.errors import NotFound, TsunagiError
from handoff.logs import configure_logs
from handoff.web.access import find_rule
from handoff.web.alarm import alarm
from handoff.web.alarm_guard import is_ours
from handoff.web.alarm_render import trouble_page
from handoff.web.chat.guard import is_chat
from handoff.web.chat.pages import chat_trouble
from handoff.web.chat.site import add_chat, follow_chats
from handoff.web.desk.guard import is_desk
from handoff.web.desk.pages import desk_trouble
from handoff.web.desk.site import add_desk, follow_log
from handoff.web.fair import add_fair
from handoff.web.headers import add_headers
from handoff.web.health import health
from handoff.web.hosts import Misdirected, check_host, check_letters, misdirected
from handoff.web.line_webhook import line_webhook
from handoff.web.our_pages import is_form, wants_json
from handoff.web.parts import OpenParts
from handoff.web.policy.pages import add_policy, is_policy, policy_trouble
from handoff.web.report.guard import is_report
from handoff.web.report.site import add_report, report_trouble
from handoff.web.report_evidence import report_evidence
from handoff.web.simulator import simulator

log = structlog.get_logger(__name__)

#: Bytes of a request's body. Sanic reads a body before any check of ours can run, so the limit is the first guard.
LARGEST_BODY = 1024 * 1024
#: Bytes of one message of a page's socket.
LARGEST_WORD = 64 * 1024
STATIC = Path(__file__).parent / "static"


def create_app(open_parts: OpenParts, simulator_url: str) -> Sanic[Any, Any]:
    """Make the app. Args: simulator_url: where the stand-in for LINE's platform listens."""
    app = Sanic("tsunagi", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.MOTD = False
    app.config.REQUEST_MAX_SIZE = LARGEST_BODY
    app.config.REQUEST_TIMEOUT = 10
    app.config.RESPONSE_TIMEOUT = 10
    # No page of ours says more by a socket than a long text.
    app.config.WEBSOCKET_MAX_SIZE = LARGEST_WORD
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 5
    app.ctx.simulator_url = simulator_url
    app.ctx.demo = None
    app.ctx.hosts = None
    app.ctx.https = False
    app.blueprint([line_webhook, health, simulator, alarm])
    add_desk(app)
    add_chat(app)
    add_fair(app)
    add_report(app)
    add_policy(app)
    app.blueprint(report_evidence)
    app.static("/static", STATIC, name="static")
    # Before anything else is asked, and after all else was said.
    app.register_middleware(check_letters, "request", priority=9)
    app.register_middleware(check_host, "request", priority=8)
    app.register_middleware(find_rule, "request", priority=8)
    app.register_middleware(add_headers, "response", priority=-9)
    app.register_listener(partial(_open, open_parts), "before_server_start")
    app.register_listener(_close, "after_server_stop")
    app.error_handler.add(TsunagiError, _say_error)
    app.error_handler.add(SanicException, _say_http_error)
    app.error_handler.add(Exception, _say_unknown_error)
    return app


async def _open(open_parts: OpenParts, app: Sanic[Any, Any]) -> None:
    configure_logs("web", logging.INFO)
    app.ctx.stack = AsyncExitStack()
    app.ctx.parts = await app.ctx.stack.enter_async_context(open_parts())
    app.ctx.demo = app.ctx.parts.demo
    app.ctx.hosts = app.ctx.parts.hosts
    app.ctx.https = app.ctx.parts.https
    # Without a proxy of the operator's own, anybody could name any address as theirs.
    app.config.PROXIES_COUNT = app.ctx.parts.proxies or None
    follow_log(app, app.ctx.parts.desk)
    if app.ctx.parts.chat is not None:
        follow_chats(app, app.ctx.parts.chat)
    log.info("web_started")


async def _close(app: Sanic[Any, Any]) -> None:
    await app.ctx.stack.aclose()


def _say_error(request: Request, error: TsunagiError) -> HTTPResponse:
    if error.status >= 500:
        log.error("request_failed", code=error.code)
    return _said(request, error.status, error.code, error.text)


def _say_http_error(request: Request, error: SanicException) -> HTTPResponse:
    if isinstance(error, Misdirected):
        return misdirected(request)
    code = "too_large" if error.status_code == 413 else f"http_{error.status_code}"
    return _said(request, error.status_code, code, "この操作はできません。", error.headers)


def _say_unknown_error(request: Request, error: Exception) -> HTTPResponse:
    if isinstance(error, (OSError, ValueError)) and request.route is not None and "__file_uri__" in request.route.path:
        # A folder, a NUL, a name that is too long for a disk: there is no such file of ours.
        return _said(request, NotFound.status, NotFound.code, NotFound.text)
    log.error("request_failed", code=TsunagiError.code, exc_info=error)
    return _said(request, 500, TsunagiError.code, TsunagiError.text)


def _said(
    request: Request, status: int, code: str, text: str, headers: Mapping[str, str] | None = None
) -> HTTPResponse:
    """An error as JSON; to a person who has to know what to do next as a page."""
    if status == 404:
        # What isn't there, what isn't theirs and what no route knows are one and the same.
        code, text = NotFound.code, NotFound.text
    if is_ours(request.path) and not wants_json(request):
        return html(trouble_page(status), status=status, headers=dict(headers or {}))
    if is_report(request.path) and not wants_json(request) and request.app.ctx.parts.report is not None:
        return report_trouble(request, status)
    if is_chat(request.path) and not wants_json(request) and request.app.ctx.parts.chat is not None:
        return chat_trouble(request, status, text)
    if is_policy(request.path) and not wants_json(request) and request.app.ctx.parts.policy is not None:
        return policy_trouble(request, status)
    if is_desk(request.path) and not wants_json(request) and (request.method == "GET" or is_form(request)):
        page = desk_trouble(request, status, text)
        page.headers.update(headers or {})
        return page
    return json({"code": code, "message": text}, status=status, headers=dict(headers or {}))


def run_web(open_parts: OpenParts, simulator_url: str, host: str, port: int) -> None:
    """Serve until asked to stop, in this process."""
    app = create_app(open_parts, simulator_url)
    app.prepare(host=host, port=port, single_process=True, access_log=False, motd=False)
    Sanic.serve_single(primary=app)
