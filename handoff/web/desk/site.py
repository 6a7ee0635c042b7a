"""All of the desk for the app: its routes, its troubles, and the fan-out that lives as long as the server."""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Request, Sanic

from handoff.web.access import asks_for
from handoff.web.desk.account import desk_account
from handoff.web.desk.api import desk_api
from handoff.web.desk.audit.routes import desk_audit
from handoff.web.desk.audit.security import desk_security
from handoff.web.desk.broadcasts.blocks import desk_blocks
from handoff.web.desk.broadcasts.routes import desk_broadcasts
from handoff.web.desk.cards import desk_cards
from handoff.web.desk.care import desk_care
from handoff.web.desk.closures import desk_closures
from handoff.web.desk.escalations import desk_escalations
from handoff.web.desk.evidence import desk_evidence
from handoff.web.desk.factors.accounts import desk_accounts
from handoff.web.desk.factors.routes import desk_second_factor
from handoff.web.desk.facts.corrections import desk_corrections
from handoff.web.desk.facts.routes import desk_facts
from handoff.web.desk.faults.drills import desk_drills
from handoff.web.desk.faults.routes import desk_faults
from handoff.web.desk.follow_ups import desk_follow_ups
from handoff.web.desk.guard import ROOT, check_socket
from handoff.web.desk.hub import DeskHub
from handoff.web.desk.knowledge import desk_knowledge
from handoff.web.desk.other_ways import desk_other_ways
from handoff.web.desk.pages import desk_pages
from handoff.web.desk.parts import DeskParts
from handoff.web.desk.phrases import desk_phrases
from handoff.web.desk.policies.documents import desk_documents
from handoff.web.desk.policies.routes import desk_policies
from handoff.web.desk.reports import desk_reports
from handoff.web.desk.requests.routes import desk_requests
from handoff.web.desk.retention.keeping import desk_keeping
from handoff.web.desk.retention.routes import desk_retention
from handoff.web.desk.rosters.pledge import desk_pledge
from handoff.web.desk.rosters.routes import desk_rosters
from handoff.web.desk.schools.files import desk_school_files
from handoff.web.desk.schools.routes import desk_schools
from handoff.web.desk.service import desk_service
from handoff.web.desk.sheets import desk_sheets
from handoff.web.desk.shifts.papers import desk_shift_papers
from handoff.web.desk.shifts.routes import desk_shifts
from handoff.web.desk.socket import desk_socket

_ROUTES = (
    desk_pages,
    desk_api,
    desk_socket,
    desk_sheets,
    desk_other_ways,
    desk_evidence,
    desk_escalations,
    desk_reports,
    desk_care,
    desk_follow_ups,
    desk_knowledge,
    desk_phrases,
    desk_closures,
    desk_cards,
    desk_service,
    desk_schools,
    desk_school_files,
    desk_facts,
    desk_corrections,
    desk_shifts,
    desk_shift_papers,
    desk_faults,
    desk_drills,
    desk_rosters,
    desk_pledge,
    desk_account,
    desk_second_factor,
    desk_accounts,
    desk_policies,
    desk_documents,
    desk_requests,
    desk_retention,
    desk_keeping,
    desk_broadcasts,
    desk_blocks,
    desk_audit,
    desk_security,
)


def add_desk(app: Sanic[Any, Any]) -> None:
    """Give the app the desk."""
    app.blueprint(list(_ROUTES))
    app.register_middleware(_guard_socket, "request")
    app.register_listener(_let_go, "before_server_stop")


def follow_log(app: Sanic[Any, Any], parts: DeskParts) -> None:
    """Begin to keep open desks up to date."""
    app.ctx.desk_hub = DeskHub(parts)
    app.ctx.desk_tasks = [asyncio.create_task(app.ctx.desk_hub.run()), asyncio.create_task(app.ctx.desk_hub.beat())]


async def _guard_socket(request: Request[Any, Any]) -> None:
    """Refuse another site's socket before it is one."""
    if asks_for(request, f"GET {ROOT}/socket"):
        check_socket(request)


async def _let_go(app: Sanic[Any, Any]) -> None:
    """Let the desks' sockets end, or the server would wait for them."""
    app.ctx.desk_hub.close()
    for task in app.ctx.desk_tasks:
        task.cancel()
