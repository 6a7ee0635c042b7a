"""Lines become calls that LINE takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.outgoing import LONGEST_TEXT, MESSAGES_PER_CALL, MOST_BUTTONS, Line, calls
from kernel.text import utf16_length

lines = st.lists(
    st.builds(Line, st.text(max_size=30), st.lists(st.text(min_size=1, max_size=5), max_size=20).map(tuple)), max_size=9
)


@given(lines)
def test_every_call_keeps_lines_limits_and_no_word_is_lost(said: list[Line]) -> None:
    made = list(calls(said))
    pieces = [line for call in made for line in call]
    assert all(1 <= len(call) <= MESSAGES_PER_CALL for call in made)
    assert all(line.text.strip() for line in pieces)
    assert "".join(line.text for line in pieces) == "".join(line.text for line in said if line.text.strip())
    assert all(not line.buttons for line in pieces[:-1])
    assert all(len(line.buttons) <= MOST_BUTTONS for line in pieces)
    offered = [line.buttons for line in said if line.buttons]
    if pieces and offered:
        assert pieces[-1].buttons == offered[-1][:MOST_BUTTONS]


def test_a_text_of_emoji_is_split_by_utf16_units_between_characters() -> None:
    (first, second), *rest = calls([Line("😭" * 5000)])
    assert rest == []
    assert first.text + second.text == "😭" * 5000
    assert {utf16_length(first.text), utf16_length(second.text)} == {LONGEST_TEXT}


def test_a_long_text_is_split_at_the_end_of_a_sentence() -> None:
    sentence = "これはひとつの文です。"
    pieces = [line.text for call in calls([Line(sentence * 1000)]) for line in call]
    assert all(piece.endswith("。") and utf16_length(piece) <= LONGEST_TEXT for piece in pieces)
