"""Coarse words for a browser, so that people know their own sign-ins again; its versions are nobody's business."""

from __future__ import annotations

from typing import Final

#: In this order: what names itself a Chrome or a Safari as well comes before them.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_DEVICES: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """For example ``WindowsのEdge``. Args: agent: what the browser says of itself, of any length."""
    agent = agent[:400]
    browser = next((name for mark, name in _BROWSERS if mark in agent), "ブラウザ")
    device = next((name for mark, name in _DEVICES if mark in agent), None)
    return browser if device is None else f"{device}の{browser}"
