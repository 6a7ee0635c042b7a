"""Whose page asks: by the ``Host`` that the browser wrote and by our own address, and by nothing that a proxy adds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from sanic import Request
from sanic.compat import Header
from sanic.exceptions import Forbidden

from handoff.web.our_pages import check_origin, check_socket_origin, host_of, wants_page
from handoff.web.uploads import says_too_large

OURS = "https://tsunagi.example.jp"


def asked(*headers: tuple[str, str]) -> Request[Any, Any]:
    """With the framework's own word for the host, as it is behind a proxy that is trusted."""
    told = Header([("host", "tsunagi.example.jp"), *headers])
    return cast(Any, SimpleNamespace(headers=told, host=told.get("x-forwarded-host", told.get("host"))))


def refused(request: Request[Any, Any], origin: str = OURS) -> list[bool]:
    """By a form, and by a socket."""
    found = []
    for check in (check_origin, check_socket_origin):
        try:
            check(request, origin)
        except Forbidden:
            found.append(True)
        else:
            found.append(False)
    return found


def test_the_host_is_what_the_browser_wrote_and_one_alone() -> None:
    assert host_of(asked(("x-forwarded-host", "evil.test"))) == "tsunagi.example.jp"
    assert host_of(asked(("host", "evil.test"))) == ""
    assert host_of(cast(Any, SimpleNamespace(headers=Header([("x-forwarded-host", "evil.test")])))) == ""


@pytest.mark.parametrize(
    ("origin", "no"),
    [
        (OURS, False),
        ("http://tsunagi.example.jp", True),  # whoever owns the network puts a page there
        ("https://evil.test", True),
        ("http://", True),
        ("https://", True),
    ],
)
def test_where_we_are_reached_by_https_no_page_in_the_clear_is_ours(origin: str, no: bool) -> None:
    assert refused(asked(("origin", origin))) == [no, no]
    assert refused(asked(("origin", "https://evil.test"), ("x-forwarded-host", "evil.test"))) == [True, True]


def test_on_this_machine_both_are_ours() -> None:
    for origin in ("http://tsunagi.example.jp", "https://tsunagi.example.jp", "http://127.0.0.1:8080"):
        assert refused(asked(("origin", origin)), "http://127.0.0.1:8080") == [False, False]
    assert refused(asked(("origin", "http://evil.test")), "http://127.0.0.1:8080") == [True, True]


def test_a_person_s_browser_wants_a_page() -> None:
    assert wants_page(asked(("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")))
    assert not any(wants_page(asked(*told)) for told in ((), [("accept", "*/*")], [("accept", "application/json")]))


def test_a_length_with_too_many_digits_for_a_number_is_too_large() -> None:
    lengths = {"9": False, "11": True, "9" * 5000: True, "-1": True, "１": True}
    assert {told: says_too_large(asked(("content-length", told)), 10) for told in lengths} == lengths
