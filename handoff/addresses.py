"""What an address says about where it leads: to LINE, to this machine, encrypted or not."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

_LINE_HOSTS: Final = ("line.me", "line-apps.com")


def http_url(value: str) -> str:
    """An http address without its trailing slash. Raises ValueError where it is none."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("http:// か https:// で始まるアドレスにしてください")
    _ = parts.port  # raises ValueError where it is no number
    return value.rstrip("/")


def is_lines_own(url: str) -> bool:
    """Whether an address belongs to LINE's platform, so that real people would be reached.

    Only loopback and other addresses that can't be LINE's are a stand-in; LINE's domains and their subdomains are LINE's.
    """
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    return any(host == own or host.endswith("." + own) for own in _LINE_HOSTS)


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine, so that its process is ours to start."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def port_of(url: str) -> int:
    """The port of an http address, its scheme's own where none is written."""
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def is_private_way(url: str) -> bool:
    """Whether nobody on the way can read what is sent there: it is encrypted, or never leaves this machine."""
    return urlsplit(url).scheme in ("https", "smtps") or is_loopback(url)
