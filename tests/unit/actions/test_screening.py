"""The screen's word in a turn's metadata: what isn't known to be light is heavy, and without a word nothing is."""

from __future__ import annotations

from typing import Any

import pytest

from actions.screening import Screened, screened
from handoff.domain.session import Level


@pytest.mark.parametrize("metadata", [{}, {"message_id": "m"}])
def test_without_a_screen_nothing_is_heavy(metadata: dict[str, Any]) -> None:
    assert screened(metadata) == Screened(heavy=False, interrupted=False)


@pytest.mark.parametrize(
    ("level", "heavy"),
    [("none", False), ("concern", False), ("high", True), ("critical", True), (None, True), ("of the future", True)],
)
@pytest.mark.parametrize("interrupted", [False, True])
def test_high_unscreened_and_unknown_are_heavy(level: str | None, heavy: bool, interrupted: bool) -> None:
    metadata = {"level": level, "care": False, "interrupted": interrupted}
    assert screened(metadata) == Screened(heavy, interrupted, raised=level != "none")


def test_care_is_heavy_at_any_level() -> None:
    assert all(screened({"level": level, "care": True}).heavy for level in (*Level, None))
