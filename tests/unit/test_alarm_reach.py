"""Who would hear of an alarm on the desk's screen alone (KAG-4.2 by night)."""

from __future__ import annotations

from typing import Any

import pytest

from handoff.adapters.notices.results import Code
from handoff.adapters.profiles import DATA, load_profile
from handoff.alarm_command import REMEDIES
from handoff.alarm_reach import called_by_desk_only, desk_only_warning
from handoff.domain.notice import Medium
from handoff.domain.profile import Profile
from handoff.profile_command import check

DESK, MAIL, WEBHOOK, VOICE = Medium


def profile(*steps: dict[str, Any]) -> Profile:
    demo = load_profile(DATA / "profiles" / "demo.yml")
    named = [{"who": f"{number}番目", "after_minutes": number} | step for number, step in enumerate(steps)]
    on_call = type(demo.on_call).model_validate({"ladder": named})
    return demo.model_copy(update={"on_call": on_call})


@pytest.mark.parametrize(
    ("media", "silent"),
    [
        ({DESK}, ["0番目", "1番目", "2番目"]),
        ({DESK, MAIL}, ["1番目", "2番目"]),
        ({DESK, VOICE}, ["0番目", "2番目"]),
        ({DESK, MAIL, VOICE}, ["2番目"]),
        ({DESK, WEBHOOK}, []),
    ],
)
def test_a_rung_is_silent_where_no_medium_has_its_address(media: set[Medium], silent: list[str]) -> None:
    given = profile({"mail": "a@b.example"}, {"phone": "0312345678"}, {})
    assert [rung.who for rung in called_by_desk_only(given, frozenset(media))] == silent


def test_the_warning_names_the_silent_ones_and_says_when_nobody_is_called() -> None:
    given = profile({"mail": "a@b.example"}, {})
    assert desk_only_warning(given, frozenset({DESK, WEBHOOK})) is None
    some = desk_only_warning(given, frozenset({DESK, MAIL}))
    assert some is not None and "1番目" in some and "0番目" not in some
    none = desk_only_warning(given, frozenset({DESK}))
    assert none is not None and "だれにも行きません" in none


def test_a_profile_without_a_ladder_calls_nobody_by_mail() -> None:
    assert desk_only_warning(profile(), frozenset({DESK, MAIL, VOICE})) is not None


def test_the_check_of_a_profile_tells_it(capsys: pytest.CaptureFixture[str]) -> None:
    demo = DATA / "profiles" / "demo.yml"
    assert check(demo, media=frozenset({DESK})) == 0
    assert "緊急のお知らせは、相談員の画面には出ますが" in capsys.readouterr().out
    assert check(demo, media=frozenset({DESK, WEBHOOK})) == 0
    assert "緊急のお知らせ" not in capsys.readouterr().out


def test_every_code_that_can_come_has_a_remedy() -> None:
    assert set(REMEDIES) == {str(code) for code in Code} - {"not_configured"}  # what isn't set up isn't tried
