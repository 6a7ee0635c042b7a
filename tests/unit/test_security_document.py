"""docs/security.md says of each threat which tests show that it's met, and says it of the tests there are."""

from __future__ import annotations

from handoff.security_document import PAGE, filled, threats


def test_the_page_is_what_make_docs_writes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page) == page, "run `make docs`"


def test_each_of_the_thirty_threats_has_tests() -> None:
    assert [row.number for row in threats() if row.tests] == list(range(1, 31))
