"""Finds taken ports before anything is started."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from handoff.domain.errors import ConfigurationError


@dataclass(frozen=True)
class PortUse:
    """One port that is about to be used: by what, and which setting changes it."""

    what: str
    host: str
    port: int
    setting: str


class PortUnavailable(ConfigurationError):
    """A port can't be used; the message names it, what wanted it and the setting to change."""

    code = "port"


def check_ports(uses: Iterable[PortUse]) -> None:
    """Makes sure that every port can be bound now.

    Raises: PortUnavailable: for the first one that can't, or that two of ours want.
    """
    seen: dict[int, PortUse] = {}
    for use in uses:
        earlier = seen.setdefault(use.port, use)
        if earlier is not use:
            raise PortUnavailable(
                f"ポート {use.port} が {earlier.what} ({earlier.setting}) と {use.what} ({use.setting}) で"
                "重なっています。どちらかを変えてください。"
            )
        reason = _why_not(use.host, use.port)
        if reason:
            raise PortUnavailable(
                f"{use.what}のポート {use.port} {reason} 別のポートにするには {use.setting} を設定してください。"
            )


def _why_not(host: str, port: int) -> str | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        return f"のアドレス {host} が見つかりません。"
    with socket.socket(family, kind, protocol) as probe:
        # As servers do: a connection in TIME_WAIT doesn't count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "は、ほかのプログラムが使っています。"
            if error.errno == errno.EACCES:
                return "は、この利用者では使えません (1024未満のポートには権限が要ります)。"
            return f"は {host} では使えません ({error.strerror})。"
    return None
