"""Rasa's REST channel, which also passes the request's metadata on, because our actions need the message's id."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.rest import RestInput
from sanic.request import Request


class RestWithMetadata(RestInput):
    """`POST /webhooks/rest/webhook` with `{"sender", "message", "metadata"}`."""

    def get_metadata(self, request: Request) -> dict[str, Any] | None:
        """Give the metadata of the request's body."""
        metadata: dict[str, Any] | None = request.json.get("metadata")
        return metadata
