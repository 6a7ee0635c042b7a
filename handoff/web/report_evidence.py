"""``/report/evidence``: files for a report, in slices that go on where they stopped, or all at once by a plain form.

The page's token says whose they are: in a header from its script, in a field before the files from a plain form. There is
no cookie, so no other site can send anything in somebody's name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from handoff.domain.errors import (
    EvidenceOutOfPlace,
    EvidenceRefused,
    EvidenceTooLarge,
    InputRefused,
    NotFound,
    WorkRequired,
)
from handoff.domain.evidence import SLICE, Evidence, most_total
from handoff.services.setting import Setting
from handoff.web.fair import Purpose, fair_of
from handoff.web.fair.fair import PLAIN_FORM, fields_of, work_in
from handoff.web.fair.page import work_response
from handoff.web.multipart import LARGEST_FIELDS, Received, receive_multipart
from handoff.web.our_pages import check_origin
from handoff.web.uploads import UploadVerbs, be_patient, body_of, receive_slice, sensitive_of

ROOT: Final = "/report/evidence"
TOKEN_HEADER: Final = "x-tsunagi-report"  # noqa: S105 - the header's name
TOKEN_FIELD: Final = "token"  # noqa: S105 - the field's name

#: The session of whoever holds a token. Raises: NotFound.
type SessionOf = Callable[[str], Awaitable[UUID]]
AGAIN: Final = "写真や動画は、まだ送られていません。もう一度えらんで、「えらんだものを送る」をおしてください。"

#: What a plain form is answered with: its fields, and what became of each file, or why nothing was taken at all.
type After = Callable[[Request[Any, Any], Received | EvidenceRefused], Awaitable[HTTPResponse]]


@dataclass(frozen=True, slots=True)
class EvidenceParts:
    """What the routes need. after: the page that follows a plain form; origin: at which people reach the pages."""

    setting: Setting
    verbs: UploadVerbs
    session_of: SessionOf
    origin: str
    after: After | None = None


report_evidence = Blueprint("report_evidence", url_prefix=ROOT)


def parts_of(request: Request[Any, Any]) -> EvidenceParts:
    """Raises: NotFound: this process has no such pages."""
    parts: EvidenceParts | None = request.app.ctx.parts.evidence
    if parts is None:
        raise NotFound("no evidence here")
    return parts


async def _owner(request: Request[Any, Any]) -> UUID:
    """Whose script asks. Raises: Forbidden (another site's page), NotFound."""
    parts = parts_of(request)
    check_origin(request, parts.origin)
    return await parts.session_of(request.headers.get(TOKEN_HEADER, ""))


def told(evidence: Evidence) -> dict[str, Any]:
    """What the sender's page hears of a file; nothing about why it is kept apart."""
    return {
        "id": str(evidence.id),
        "state": "receiving" if evidence.state == "receiving" else "refused" if evidence.reason else "stored",
        "kind": evidence.kind,
        "received": evidence.bytes,
        "size": evidence.declared_bytes,
    }


def _refused(error: EvidenceRefused) -> HTTPResponse:
    expected = {"expected": error.expected} if isinstance(error, EvidenceOutOfPlace) else {}
    return json_response({"code": error.code, "message": error.text, **expected}, status=error.status)


@report_evidence.post("/", strict_slashes=False, stream=True)
async def send_form(request: Request[Any, Any]) -> HTTPResponse:
    """``token``, ``sensitive``, then files: the way without a script. What is refused doesn't undo the rest."""
    parts = parts_of(request)
    check_origin(request, parts.origin)
    await parts.setting.refresh()
    if parts.after is not None and await _came_alone(request):
        return await parts.after(request, _again(dict(fields_of(request))))
    most = most_total(parts.setting.profile.media.limits)
    told: dict[str, str] = {}

    async def owner_of(fields: Mapping[str, str]) -> UUID:
        told.update(fields)
        owner = await parts.session_of(fields.get(TOKEN_FIELD, ""))
        await fair_of(request).check(request, Purpose.EVIDENCE, work_in(fields))
        return owner

    result: Received | EvidenceRefused
    try:
        result = await receive_multipart(request, parts.verbs, owner_of, most)
    except WorkRequired as error:
        return work_response(request, error, list(told.items()), without_files=True)
    except NotFound:
        if parts.after is None:
            raise
        result = _again(told)  # the visit is over, and the page that follows says so
    except EvidenceRefused as error:
        result = error
    if parts.after is not None:
        return await parts.after(request, result)
    if isinstance(result, EvidenceRefused):
        return _refused(result)
    files = [
        {"name": one.name} | ({"code": one.error.code, "message": one.error.text} if one.error else {})
        for one in result.files
    ]
    return json_response({"files": files})


async def _came_alone(request: Request[Any, Any]) -> bool:
    """Whether only the fields came, from the page that a flood brings, which holds no files."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != PLAIN_FORM:
        return False
    try:
        request.body = b"".join([data async for data in body_of(request, LARGEST_FIELDS)])
    except EvidenceTooLarge:
        return False
    return True


def _again(fields: Mapping[str, str]) -> EvidenceRefused:
    """No file came; the form's fields did."""
    again = EvidenceRefused("no file came along", AGAIN)
    again.fields = dict(fields)
    return again


@report_evidence.post("/begin")
async def begin(request: Request[Any, Any]) -> HTTPResponse:
    """``name``, ``type``, ``size``, ``sensitive``: a file will come; gives its ``id`` and the bytes of a ``slice``."""
    owner = await _owner(request)
    await fair_of(request).check(request, Purpose.EVIDENCE)
    body = request.json if request.body else None
    if not isinstance(body, dict) or type(body.get("size")) is not int or body["size"] <= 0:
        raise InputRefused("size", "ファイルの大きさを読み取れません。もう一度えらんでください。")
    try:
        evidence = await parts_of(request).verbs.begin(
            owner,
            name=str(body.get("name", "")),
            declared=str(body.get("type", "")),
            size=body["size"],
            sensitive=sensitive_of(str(body.get("sensitive", ""))),
        )
    except EvidenceRefused as error:
        return _refused(error)
    return json_response(told(evidence) | {"slice": SLICE}, status=201)


@report_evidence.put("/<evidence_id:uuid>", stream=True)
async def add(request: Request[Any, Any], evidence_id: UUID) -> HTTPResponse:
    """``?offset=``: the bytes from there on, at most a slice; 409 says with ``expected`` where to go on."""
    owner = await _owner(request)
    parts = parts_of(request)
    evidence = await parts.verbs.read.own_one(evidence_id, owner)
    offset = str(request.args.get("offset", ""))
    if not offset.isascii() or not offset.isdigit() or len(offset) > 15:
        raise InputRefused("offset", "送る位置を読み取れません。もう一度えらんでください。")
    try:
        received = await receive_slice(request, parts.verbs.add, evidence, int(offset))
    except EvidenceRefused as error:
        return _refused(error)
    return json_response({"received": received})


@report_evidence.get("/<evidence_id:uuid>")
async def look(request: Request[Any, Any], evidence_id: UUID) -> HTTPResponse:
    """How much of a file is here, for a page that goes on after a break."""
    return json_response(told(await parts_of(request).verbs.read.own_one(evidence_id, await _owner(request))))


@report_evidence.get("/", strict_slashes=False)
async def look_at_all(request: Request[Any, Any]) -> HTTPResponse:
    """The files of this report that are here or on their way."""
    found = await parts_of(request).verbs.read.own(await _owner(request))
    return json_response({"files": [told(one) | {"name": one.name} for one in found]})


@report_evidence.post("/<evidence_id:uuid>/finish")
async def finish(request: Request[Any, Any], evidence_id: UUID) -> HTTPResponse:
    """It is here in full: look at it and keep it."""
    be_patient(request)
    owner = await _owner(request)
    try:
        return json_response(told(await parts_of(request).verbs.finish(evidence_id, owner)))
    except EvidenceRefused as error:
        return _refused(error)


@report_evidence.delete("/<evidence_id:uuid>")
async def drop(request: Request[Any, Any], evidence_id: UUID) -> HTTPResponse:
    """The sender doesn't want to send it any more; one that is here in full stays."""
    await parts_of(request).verbs.drop(evidence_id, await _owner(request))
    return json_response({})
