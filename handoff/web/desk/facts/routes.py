"""``/desk/facts``: facts counted by two dimensions, as a page and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, raw

from handoff.domain.errors import InputRefused
from handoff.domain.fact_count import DIMENSION_NAMES, Dimension
from handoff.domain.fact_hiding import SHOWN_FROM, Hidden
from handoff.domain.staff import Permission, StaffMember
from handoff.services.facts.count_facts import FactTable, Number
from handoff.web.desk.form_pages import day_of, day_words
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of
from handoff.web.headers import SANDBOX

desk_facts = Blueprint("desk_facts", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/facts"
#: What the page shows first: 対象別, as the statements begin.
_ROWS: Final = Dimension.SCHOOL_TYPE
_COLUMNS: Final = Dimension.PRIMARY
HIDDEN_NAMES: Final[Mapping[Hidden, str]] = {Hidden.SMALL: f"{SHOWN_FROM}未満", Hidden.BESIDE: "非表示"}
#: Signs with which a spreadsheet would begin to calculate.
_FORMULA: Final = ("=", "+", "-", "@", "\t")


@desk_facts.get("/facts")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``first``, ``last``, ``rows``, ``columns``, ``test``: the form, and the table that it asks for."""
    member.check(Permission.COUNT)
    table, fault, field = None, None, ""
    asked = _asked(request)
    try:
        table = await _table(request, member, asked)
    except InputRefused as error:
        fault, field = error.text, error.field
    return await page_of(
        request,
        member,
        "facts.html",
        status=200 if fault is None else 400,
        here="service",
        dimensions=[(str(one), name) for one, name in DIMENSION_NAMES.items()],
        asked=asked,
        wrong=fault,
        field=field,
        query=request.query_string,
        table=None if table is None else _shown(table),
        from_number=SHOWN_FROM,
    )


@desk_facts.get("/facts.csv")
@reads
async def download(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The same table for a spreadsheet, in UTF-8 with its mark. Raises: InputRefused."""
    member.check(Permission.COUNT)
    table = await _table(request, member, _asked(request))
    await parts_of(request).facts.count.note_export(member, table.query)
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_cell(one) for one in line] for line in _lines(table))
    name = f"tsunagi-facts-{table.query.first}-{table.query.last}.csv"
    return raw(
        b"\xef\xbb\xbf" + text.getvalue().encode("utf-8"),
        content_type="text/csv; charset=utf-8",
        headers={**SANDBOX, "content-disposition": f'attachment; filename="{name}"'},
    )


def _asked(request: Request[Any, Any]) -> dict[str, str]:
    """What the address asks for; what it is silent on is this month, as the page first shows it."""
    today = parts_of(request).facts.count.today
    default = {
        "first": today.replace(day=1).isoformat(),
        "last": today.isoformat(),
        "rows": str(_ROWS),
        "columns": str(_COLUMNS),
        "test": "",
    }
    return {name: str(request.args.get(name, value)) for name, value in default.items()}


async def _table(request: Request[Any, Any], member: StaffMember, asked: Mapping[str, str]) -> FactTable:
    return await parts_of(request).facts.count(
        member,
        _day(asked, "first"),
        _day(asked, "last"),
        _dimension(asked, "rows"),
        _dimension(asked, "columns"),
        test=asked["test"] == "yes",
    )


def _day(asked: Mapping[str, str], name: str) -> date:
    day = day_of(asked, name)
    if day is None:
        raise InputRefused(name, "期間の始まりと終わりの日を入れてください。")
    return day


def _dimension(asked: Mapping[str, str], name: str) -> Dimension:
    try:
        return Dimension(asked[name])
    except ValueError:
        raise InputRefused(name, "縦と横の項目を、一覧から選んでください。") from None


def _shown(table: FactTable) -> dict[str, Any]:
    query = table.query
    return {
        "caption": f"{DIMENSION_NAMES[query.rows]} × {DIMENSION_NAMES[query.columns]}",
        "period": f"{day_words(query.first, query.last)}から{day_words(query.last, query.first)}まで",
        "rows": table.rows,
        "columns": table.columns,
        "numbers": None if table.numbers is None else [[_number(one) for one in line] for line in table.numbers],
        "totals": table.totals,
        "total": _number(table.total),
        "adds_up": table.adds_up,
        "hides": table.hides,
        "test": query.test,
    }


def _number(number: Number) -> dict[str, Any]:
    hidden = isinstance(number.facts, Hidden)
    return {
        "text": HIDDEN_NAMES[number.facts] if isinstance(number.facts, Hidden) else f"{number.facts:,}",
        "users": number.users,
        "hidden": hidden,
        "none": number.facts == 0,
    }


def _lines(table: FactTable) -> Iterator[list[str | int]]:
    query = table.query
    yield ["期間", f"{query.first}", f"{query.last}", *(["訓練だけ"] if query.test else [])]
    if table.numbers is None:
        yield ["件数が少ないため、表示しません"]
        return
    yield [f"{DIMENSION_NAMES[query.rows]} / {DIMENSION_NAMES[query.columns]}", *table.columns, *_total(table)]
    for name, line in zip([*table.rows, *_total(table)], table.numbers, strict=True):
        yield [name, *(HIDDEN_NAMES[one.facts] if isinstance(one.facts, Hidden) else one.facts for one in line)]


def _total(table: FactTable) -> list[str]:
    return ["合計"] if table.totals else []


def _cell(value: str | int) -> str | int:
    """Names come from the register of schools: none of them may be read as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
