"""What every socket of ours begins with: text that isn't UTF-8 ends it, as the protocol says (RFC 6455, 8.1)."""

from __future__ import annotations

from typing import Final

from sanic import Websocket
from sanic.server.websockets.frame import WebsocketFrameAssembler
from websockets.frames import Frame

_NO_TEXT: Final = 1007


class _TextAssembler(WebsocketFrameAssembler):
    """Sanic's own forgets what came behind such text, an end of the line too, and quotes the bytes in an error that nobody
    awaits.
    """

    async def put(self, frame: Frame) -> None:
        try:
            await super().put(frame)
        except UnicodeDecodeError:
            self.protocol.fail_connection(_NO_TEXT)


def end_by_broken_text(socket: Websocket) -> None:
    """To be called first of all, before anything has come."""
    socket.assembler = _TextAssembler(socket)
