"""Coarse words for a browser."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.web.desk.browser_name import browser_name

_APPLE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (f"{_WINDOWS} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "WindowsのEdge"),
        (f"{_WINDOWS} Chrome/131.0.0.0 Safari/537.36", "WindowsのChrome"),
        (f"{_APPLE} Version/18.1 Mobile/15E148 Safari/604.1", "iPhoneのSafari"),
        (f"{_APPLE} CriOS/131.0 Mobile/15E148 Safari/604.1", "iPhoneのChrome"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/131.0.0.0 Safari/537.36", "ChromebookのChrome"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "LinuxのFirefox"),
        ("", "ブラウザ"),
        ("Python/3.12 aiohttp/3.14", "ブラウザ"),
    ],
)
def test_people_know_their_own_browsers_again(agent: str, name: str) -> None:
    assert browser_name(agent) == name


@given(st.text(max_size=600))
def test_nothing_of_what_a_browser_says_is_repeated(agent: str) -> None:
    assert re.fullmatch(r"(\w+の)?\w+", browser_name(agent)) and len(browser_name(agent)) < 24
