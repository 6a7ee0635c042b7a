"""The alarm's page as HTML, whole or in the parts that its script replaces; one template for both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from handoff.domain.hours import spoken_moment
from handoff.services.answer_from_alarm import LONGEST_ANSWER
from handoff.services.break_glass import LONGEST_REASON, SHORTEST_REASON, Revealed
from handoff.services.close_escalation import LONGEST_NOTE
from handoff.services.read_alarm import AlarmPage
from handoff.web.alarm_guard import ROOT, STATIC
from handoff.web.alarm_view import deliveries, fold, lines, view
from handoff.web.alarm_words import CHOICES, CLOSE_REASONS, OTHER_TROUBLE, TROUBLES

#: In the order of the page.
PARTS: Final = ("status", "acts", "answer", "calls", "glass", "close", "record")
#: Stands for a form's key while a part's hash is made: a new key alone is no news.
_NO_KEY: Final = str(UUID(int=0))

_templates: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_templates.globals |= {
    "static": STATIC,
    "longest_answer": LONGEST_ANSWER,
    "longest_reason": LONGEST_REASON,
    "shortest_reason": SHORTEST_REASON,
    "longest_note": LONGEST_NOTE,
    "close_reasons": {reason.value: CLOSE_REASONS[reason] for reason in CHOICES},
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page. hash: of what is shown."""

    hash: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Refused:
    """What a person tried in vain. verb: of the form; text, advice: what is said; typed: what they had written."""

    verb: str
    text: str
    advice: str
    typed: Mapping[str, str]


def first_page() -> str:
    """What a link opens: neutral, and the same for every link that holds."""
    return _templates.get_template("alarm_first.html").render()


def trouble_page(status: int) -> str:
    """A page that stands alone; for 404 it's the same whatever isn't there."""
    title, text = TROUBLES.get(status, OTHER_TROUBLE)
    return _templates.get_template("alarm_trouble.html").render(title=title, text=text)


def parts_of(page: AlarmPage, form_token: str, refused: Refused | None = None) -> dict[str, Part]:
    """All parts but the conversation."""
    shown, made = view(page), dict[str, Part]()
    for name in PARTS:
        html = _templates.get_template(f"alarm_parts/{name}.html").render(
            view=shown,
            at=f"{ROOT}/e/{page.escalation.id}",
            form_token=form_token,
            key=_NO_KEY,
            tried=refused.verb if refused is not None else None,
            typed=refused.typed if refused is not None else {},
        )
        digest = hashlib.sha256(html.encode()).hexdigest()[:16]
        # Nothing but our own template holds the placeholder: what people write is no 128 zero bits in a field.
        made[name] = Part(digest, Markup(html.replace(f'value="{_NO_KEY}"', f'value="{uuid4()}"')))  # noqa: S704
    return made


def whole_page(page: AlarmPage, form_token: str, said: str | None, refused: Refused | None = None) -> str:
    """The page as it opens."""
    parts = parts_of(page, form_token, refused)
    earlier, shown = fold(lines(page))
    return _templates.get_template("alarm.html").render(
        view=view(page),
        parts=parts,
        earlier=earlier,
        lines=shown,
        seen=_seen(page),
        at=f"{ROOT}/e/{page.escalation.id}",
        said=said,
        refused=refused,
    )


def news(page: AlarmPage, form_token: str, seen: int, have: str) -> dict[str, Any]:
    """What has changed, for the page's script.

    Args: seen: the last line that the page has; have: the hashes of its parts, joined by dots.

    Gives lines (HTML), seen, delivery (by line id; whatever isn't named has arrived), parts (None: all as before).
    """
    parts = parts_of(page, form_token)
    same = have == ".".join(part.hash for part in parts.values())
    return {
        "lines": _templates.get_template("alarm_lines.html").render(lines=lines(page)) if page.lines else "",
        "seen": max(seen, _seen(page)),
        "delivery": {str(line): label for line, label in deliveries(page).items()},
        "parts": None if same else {name: {"hash": p.hash, "html": str(p.html)} for name, p in parts.items()},
    }


def glass_page(page: AlarmPage, revealed: Revealed) -> str:
    """The page that shows an id, once."""
    return _templates.get_template("alarm_glass.html").render(
        address=revealed.address,
        due=spoken_moment(revealed.review_due_at, page.at),
        service_name=page.service_name,
        at=f"{ROOT}/e/{page.escalation.id}",
    )


def review_page(page: AlarmPage, form_token: str, opening_id: UUID, who: str, at: str, reason: str) -> str:
    """The page on which another person reads why an id was revealed."""
    return _templates.get_template("alarm_review.html").render(
        at=f"{ROOT}/e/{page.escalation.id}",
        service_name=page.service_name,
        form_token=form_token,
        opening=str(opening_id),
        who=who,
        when=at,
        reason=reason,
    )


def _seen(page: AlarmPage) -> int:
    return page.lines[-1].sequence if page.lines else 0
