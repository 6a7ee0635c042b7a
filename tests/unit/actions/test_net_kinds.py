"""Which kind of net trouble is told."""

from __future__ import annotations

import pytest

from actions.net_kinds import kind_of
from handoff.domain.profile.procedure import Kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("インスタに悪口を書かれた", Kind.POST),
        ("勝手に写真をのせられてる", Kind.POST),
        ("知らない人から何回もメールが来る", Kind.MAIL),
        ("変なDMが届く", Kind.MAIL),
        ("登録完了で98000円って出た", Kind.BILLING),
        ("覚えのない請求がメールで来た", Kind.BILLING),
        ("闇バイトにさそわれた", Kind.ILLEGAL_SITE),
        ("裏サイトを見つけた", Kind.ILLEGAL_SITE),
        ("ネットのことで困ってる", None),
    ],
)
def test_the_words_say_the_kind(text: str, kind: Kind | None) -> None:
    assert kind_of(text) is kind
