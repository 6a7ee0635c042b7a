"""One small file of a form, held in memory and never on the disk: it may name people."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import create_form_parser
from sanic import Request
from sanic.exceptions import BadRequest

from handoff.domain.errors import EvidenceTooLarge
from handoff.web.uploads import body_of, let_end, says_too_large

#: Bytes of the whole form. A register of 5,000 schools as a workbook is smaller.
LARGEST: Final = 1024 * 1024
TOO_LARGE: Final = (
    "ファイルが大きすぎます（1MBまで）。学校の表だけを残すか、.xlsx で保存し直すか、ファイルを分けてください。"
)


async def read_upload(request: Request[Any, Any]) -> tuple[Mapping[str, str], bytes]:
    """The fields of a form, and its file's bytes: empty where none was chosen.

    Raises: EvidenceTooLarge. BadRequest: it's no such form.
    """
    try:
        if says_too_large(request, LARGEST):
            raise EvidenceTooLarge("the form says that it is too large")
        body = b"".join([data async for data in body_of(request, LARGEST)])
    except EvidenceTooLarge:
        let_end(request, known=True)
        raise
    fields: dict[str, str] = {}
    file = bytearray()

    def on_field(field: Any) -> None:
        fields[(field.field_name or b"").decode("utf-8", "replace")] = (field.value or b"").decode("utf-8", "replace")

    def on_file(told: Any) -> None:
        told.file_object.seek(0)
        file.extend(told.file_object.read())

    headers = {"Content-Type": request.headers.get("content-type", "").encode("latin-1", "replace")}
    if not headers["Content-Type"].lower().startswith(b"multipart/form-data"):
        raise BadRequest("not a form with a file")
    try:
        parser = create_form_parser(headers, on_field, on_file, config={"MAX_MEMORY_FILE_SIZE": 2 * LARGEST})
        parser.write(io.BytesIO(body).read())
        parser.finalize()
    except (FormParserError, ValueError):
        raise BadRequest("form can't be read") from None
    return fields, bytes(file)
