"""``/policy``: the operating policy in two lengths, the notice of purposes, and every version that held (HOK-8.1, WG-10).

For anybody: no account, no cookie, no script. An old phone opens it, and so does a printer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic import Blueprint, Request, Sanic
from sanic.response import HTTPResponse, html

from handoff.domain.hours import ZONE
from handoff.domain.policy import PAGE_NAMES, Page, PolicyHead, PolicyVersion
from handoff.services.policies.read_policy import ShownPolicy
from handoff.web.policy.parts import PolicyParts
from handoff.web.policy.rows import shown

ROOT: Final = "/policy"
_HERE: Final = Path(__file__).parent.parent
_templates: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=True, trim_blocks=True, undefined=StrictUndefined
)
_TROUBLES: Final[Mapping[int, str]] = {
    404: "この版はありません。番号を確かめるか、いまの版を開いてください。",
    503: "いま、きまりを読み出せません。少し待ってから、もう一度開いてください。",
}

policy_pages = Blueprint("policy_pages", url_prefix=ROOT)


def is_policy(path: str) -> bool:
    """Whether an address belongs to these pages, whether or not there is anything."""
    return path == ROOT or path.startswith(ROOT + "/")


def add_policy(app: Sanic[Any, Any]) -> None:
    """Give the app the policy's pages."""
    app.blueprint(policy_pages)


def _parts(request: Request[Any, Any]) -> PolicyParts:
    parts: PolicyParts = request.app.ctx.parts.policy
    return parts


@policy_pages.get("/", strict_slashes=False)
async def short(request: Request[Any, Any]) -> HTTPResponse:
    """What a twelve-year-old reads in a minute."""
    return _page(request, await _parts(request).read(), (Page.SHORT,))


@policy_pages.get("/full")
async def full(request: Request[Any, Any]) -> HTTPResponse:
    """All of it."""
    return _page(request, await _parts(request).read(), (Page.FULL,))


@policy_pages.get("/privacy")
async def privacy(request: Request[Any, Any]) -> HTTPResponse:
    """What personal data are used for."""
    return _page(request, await _parts(request).read(), (Page.PRIVACY,))


@policy_pages.get("/<number:int>")
async def version(request: Request[Any, Any], number: int) -> HTTPResponse:
    """One version as it was published, all its pages."""
    return _page(request, await _parts(request).read(number), tuple(Page))


def _page(request: Request[Any, Any], policy: ShownPolicy, pages: tuple[Page, ...]) -> HTTPResponse:
    setting = _parts(request).setting
    profile = setting.profile
    return html(
        _templates.get_template("policy/policy.html").render(
            service_name=profile.service_name,
            trouble=setting.trouble,
            owner=profile.owner,
            enquiry=profile.enquiry.url,
            sections=shown(policy.text),
            pages=pages,
            names=PAGE_NAMES,
            only=pages[0] if len(pages) == 1 else None,
            version=None if policy.version is None else _told(policy.version),
            ahead=policy.version is not None and policy.version.holds_from > policy.now,
            holds=policy.holds,
            coming=None if policy.coming is None else _told(policy.coming),
            former=[_told(one) for one in policy.former],
            formers=policy.formers,
            note="" if policy.version is None else policy.version.note,
        )
    )


def _told(one: PolicyVersion | PolicyHead) -> dict[str, Any]:
    return {"number": one.number, "from": _day_of(one)}


def _day_of(version: PolicyVersion | PolicyHead) -> str:
    """From which day on a version holds, in Japan's time, with the hour where it isn't the day's beginning."""
    at = version.holds_from.astimezone(ZONE)
    hour = "" if (at.hour, at.minute) == (0, 0) else f" {at:%H:%M}"
    return f"{at.year}年{at.month}月{at.day}日{hour}"


def policy_trouble(request: Request[Any, Any], status: int) -> HTTPResponse:
    """A page for a child who has to know what to do next."""
    text = _TROUBLES.get(status, "うまくいきませんでした。少し待ってから、もう一度開いてください。")
    name = _parts(request).setting.profile.service_name
    return html(
        _templates.get_template("policy/trouble.html").render(text=text, service_name=name, trouble=None), status=status
    )
