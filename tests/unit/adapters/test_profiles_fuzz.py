"""Whatever is written into a profile, it loads or is refused in words for people; never a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handoff.adapters.profiles import DATA, load_profile
from handoff.domain.errors import ProfileError

DEMO = yaml.safe_load((DATA / "profiles" / "demo.yml").read_text(encoding="utf-8"))
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**9),
    st.floats(allow_nan=True),
    st.text(max_size=12),
    st.just([]),
    st.just({}),
    st.just(["a", 1]),
    st.just({"a": 1}),
    st.just({1: 2}),
)


def places(node: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, value in items for place in ((*here, key), *places(value, (*here, key)))]


def put(node: Any, place: tuple[str | int, ...], value: Any) -> Any:
    if not place:
        return value
    if isinstance(node, dict):
        return {key: put(old, place[1:], value) if key == place[0] else old for key, old in node.items()}
    return [put(old, place[1:], value) if number == place[0] else old for number, old in enumerate(node)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "fuzz.yml"


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(places(DEMO)), JUNK)
def test_a_profile_with_one_wrong_value(path: Path, place: tuple[str | int, ...], junk: Any) -> None:
    path.write_text(yaml.safe_dump(put(DEMO, place, junk), allow_unicode=True), encoding="utf-8")
    try:
        load_profile(path)
    except ProfileError as error:
        for line in str(error).splitlines():
            assert line.startswith(str(path))
            assert "行目 " in line or "文字目" in line
            assert line.endswith("。")
            assert "値を直してください" not in line  # the words for a fault that nobody foresaw


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"# \n\t,0～あ"), max_size=60))
def test_any_text_at_all(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError):
        load_profile(path)
