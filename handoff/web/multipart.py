"""A form with files, as a browser sends it without a script: read part by part, its files streamed on as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import structlog
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from sanic import Request
from sanic.exceptions import BadRequest

from handoff.domain.errors import EvidenceBroken, EvidenceRefused, EvidenceTooLarge, TsunagiError
from handoff.domain.evidence import PIECE, Evidence
from handoff.services.evidence.receive import next_piece
from handoff.web.uploads import UploadVerbs, be_patient, body_of, let_end, says_too_large, sensitive_of

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

log = structlog.get_logger(__name__)

#: Bytes of a form's fields together, besides its files; and how many parts it may have.
LARGEST_FIELDS: Final = 64 * 1024
MOST_PARTS: Final = 64
#: Bytes of one part's headers.
LARGEST_HEADERS: Final = 4096
#: Bytes that a form may have besides its files: fields, headers, boundaries.
OVERHEAD: Final = 256 * 1024

#: Whose a file will be, by what the form's own fields tell. Raises: NotFound.
type OwnerOf = Callable[[Mapping[str, str]], Awaitable[UUID]]


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One file of a form. error: why it isn't here; the others, and the form's fields, are."""

    field: str
    name: str
    evidence: Evidence | None
    error: EvidenceRefused | None


@dataclass(frozen=True, slots=True)
class Received:
    """A form. fields: of one that comes twice, the last."""

    fields: Mapping[str, str]
    files: tuple[ReceivedFile, ...]


@dataclass(slots=True)
class _Part:
    """One part of a form while it comes. held: bytes that make no whole piece yet."""

    name: str = ""
    file_name: str | None = None
    declared: str = ""
    held: bytearray = field(default_factory=bytearray)
    evidence: Evidence | None = None
    offset: int = 0
    error: EvidenceRefused | None = None


class _Reader:
    """Turns the parser's callbacks into a list of what came, so that each can be waited for."""

    def __init__(self, boundary: bytes) -> None:
        self.came: list[tuple[str, bytes]] = []
        self._ended = False
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._event("part_begin"),
            "on_part_data": self._bytes("part_data"),
            "on_part_end": self._event("part_end"),
            "on_header_field": self._bytes("header_field"),
            "on_header_value": self._bytes("header_value"),
            "on_header_end": self._event("header_end"),
            "on_headers_finished": self._event("headers_finished"),
            "on_end": self._end,
        }
        self._parser = MultipartParser(boundary, callbacks)

    def _event(self, name: str) -> Callable[[], None]:
        return lambda: self.came.append((name, b""))

    def _bytes(self, name: str) -> Callable[[bytes, int, int], None]:
        return lambda data, start, end: self.came.append((name, data[start:end]))

    def _end(self) -> None:
        self._ended = True

    def take(self, data: bytes) -> list[tuple[str, bytes]]:
        """What these bytes bring. Raises: BadRequest."""
        try:
            self._parser.write(data)
        except FormParserError:
            raise BadRequest("form can't be read") from None
        came, self.came = self.came, []
        return came

    def end(self) -> None:
        """Raises: BadRequest: the form isn't whole."""
        if not self._ended:
            raise BadRequest("form isn't whole")


class _Form:
    """A form while it comes."""

    def __init__(self, verbs: UploadVerbs, owner_of: OwnerOf, *, too_large: bool) -> None:
        """Args: too_large: as it says itself; its fields are read all the same, none of its files."""
        self._too_large = too_large
        self._verbs = verbs
        self._owner_of = owner_of
        self._owner: UUID | None = None
        self._part: _Part | None = None
        self._came: list[_Part] = []
        self._parts = 0
        self._name, self._value = b"", b""
        self._headers: dict[str, bytes] = {}
        self._small = 0
        self.fields: dict[str, str] = {}
        self.files: list[ReceivedFile] = []

    async def hear(self, what: str, data: bytes) -> None:
        """One thing that the parser found."""
        match what:
            case "part_begin":
                self._parts += 1
                if self._parts > MOST_PARTS:
                    raise BadRequest("too many fields")
                self._part, self._headers, self._name, self._value = _Part(), {}, b"", b""
            case "header_field" | "header_value":
                if what == "header_field":
                    self._name += data
                else:
                    self._value += data
                if len(self._name) + len(self._value) > LARGEST_HEADERS:
                    raise BadRequest("too long a header")
            case "header_end":
                self._headers[self._name.decode("latin-1").lower()] = self._value
                self._name, self._value = b"", b""
            case "headers_finished":
                self._begin()
                if self._now.file_name is not None:
                    await self.owner()  # before a byte of it: nobody's files aren't waited for
                    if self._too_large:
                        raise EvidenceTooLarge("the form says that it is too large")
            case "part_data":
                await self._data(data)
            case "part_end":
                await self._end()

    def _begin(self) -> None:
        part = self._now
        _form, told = parse_options_header(self._headers.get("content-disposition", b""))
        part.name = told.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in told:
            # Old browsers send a whole path.
            part.file_name = told[b"filename"].decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2]
        part.declared = self._headers.get("content-type", b"").decode("latin-1")

    @property
    def _now(self) -> _Part:
        if self._part is None:
            raise BadRequest("form can't be read")
        return self._part

    async def _data(self, data: bytes) -> None:
        part = self._now
        if part.file_name is None:
            self._small += len(data)
            if self._small > LARGEST_FIELDS:
                raise EvidenceTooLarge("the fields are too long")
            part.held.extend(data)
        elif part.error is None:
            part.held.extend(data)
            while len(part.held) >= PIECE:
                await self._add(part, next_piece(part.held))

    async def _add(self, part: _Part, piece: bytes) -> None:
        """Give one piece on; a file that is refused doesn't stop the rest of the form."""
        if part.error is not None:
            return
        try:
            if part.evidence is None:
                part.evidence = await self._verbs.begin(
                    await self.owner(),
                    name=part.file_name or "",
                    declared=part.declared,
                    sensitive=sensitive_of(self.fields.get("sensitive", "")),
                )
            part.offset = await self._verbs.add(part.evidence.id, part.evidence.session_id, part.offset, piece)
        except EvidenceRefused as error:
            part.error = error

    @property
    def known(self) -> bool:
        """Whether it is somebody's who may send files."""
        return self._owner is not None

    async def owner(self) -> UUID:
        """Whose the files are; asked once, by the fields that came before the first of them."""
        if self._owner is None:
            self._owner = await self._owner_of(self.fields)
        return self._owner

    async def _end(self) -> None:
        part, self._part = self._now, None
        if part.file_name is None:
            self.fields[part.name] = part.held.decode("utf-8", "replace")
            return
        if part.held:
            await self._add(part, bytes(part.held))
        if part.error is None and part.evidence is None:
            if not part.file_name:
                return  # nothing was chosen
            part.error = EvidenceBroken("an empty file")
        self._came.append(part)

    async def finish(self) -> None:
        """The form is whole: look at each file. Before, a request that breaks off leaves nothing of any of them."""
        await self.owner()  # also a form without a file has to be somebody's
        while self._came:
            part = self._came[0]
            evidence = None
            if part.error is None and part.evidence is not None:
                try:
                    evidence = await self._verbs.finish(part.evidence.id, part.evidence.session_id)
                except EvidenceRefused as error:
                    part.error = error
            self.files.append(ReceivedFile(part.name, part.file_name or "", evidence, part.error))
            self._came.pop(0)

    async def give_up(self) -> None:
        """Delete what came of files that aren't kept yet."""
        for part in (*self._came, self._part):
            if part is None or part.evidence is None or part.error is not None:
                continue
            try:
                await self._verbs.drop(part.evidence.id, part.evidence.session_id)
            except TsunagiError as error:
                log.warning("upload_not_dropped", code=error.code)  # the worker's round does it


async def receive_multipart(request: Request[Any, Any], verbs: UploadVerbs, owner_of: OwnerOf, most: int) -> Received:
    """Take a form with files as a browser without a script sends it.

    Args: owner_of: by the fields that stand before the first file; most: bytes of all its files together.

    Raises: BadRequest: it's no such form, or isn't whole. NotFound: it's nobody's. EvidenceTooLarge: it is larger
        altogether than the profile allows; its ``fields`` tell what was read before.
    """
    be_patient(request)
    kind, options = parse_options_header(request.headers.get("content-type", "").encode("latin-1", "replace"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
        raise BadRequest("not a form with files")
    reader = _Reader(boundary)
    form = _Form(verbs, owner_of, too_large=says_too_large(request, most + OVERHEAD))
    came = 0
    try:
        async for data in body_of(request, most + OVERHEAD):
            came += len(data)
            if not form.known and came > LARGEST_FIELDS + OVERHEAD:
                raise EvidenceTooLarge("no file yet, and nobody it could belong to")
            for what, piece in reader.take(data):
                await form.hear(what, piece)
        reader.end()
        await form.finish()
    except BaseException as error:
        # The request may be gone, and this task with it: what is half here must go all the same.
        await asyncio.shield(asyncio.create_task(form.give_up()))
        if isinstance(error, EvidenceRefused):
            error.fields = dict(form.fields)
        if isinstance(error, (TsunagiError, BadRequest)):
            let_end(request, known=form.known)
        raise
    return Received(form.fields, tuple(form.files))
