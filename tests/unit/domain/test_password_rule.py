"""Which passwords are taken."""

from __future__ import annotations

import pytest

from handoff.adapters.passwords import ArgonPasswords
from handoff.domain.errors import InputRefused
from handoff.domain.password_rule import LONGEST_PASSWORD, normalised
from handoff.services.desk.passwords import check_new

OWN = ("yuki.tanaka", "ゆき", "こころの相談窓口", "tsunagi")
STRONG = (
    "correct horse battery",
    "ningyo-no-umi-7",
    "みずうみ えんぴつ らっぱ 七つ",
    "qX7!mv0-Lz4w",
    "nagai-pasuwaado-ga-ii",
)


@pytest.fixture(scope="module")
def passwords() -> ArgonPasswords:
    return ArgonPasswords()


@pytest.mark.parametrize("password", STRONG)
async def test_long_ones_that_nobody_guesses_are_taken(passwords: ArgonPasswords, password: str) -> None:
    await check_new(passwords, password, OWN)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short-one-7", "12文字以上"),
        ("ねこ" * 3, "12文字以上"),
        ("x7!mv0-Lz4wq" * 22, "256文字まで"),
        ("password1234", "よく使われる"),
        ("Passw0rd2026!", "よく使われる"),
        ("123456789012", "よく使われる"),
        ("qwertyuiop12", "よく使われる"),
        ("abcabcabcabc", "よく使われる"),
        ("ああああああああああああ", "よく使われる"),
        ("19870512tanaka", "よく使われる"),
        ("sakurasakura", "よく使われる"),
        ("arigatou2026", "よく使われる"),
        ("soudanin1234", "よく使われる"),
        ("Yuki.Tanaka-no-umi", "自分の名前"),
        ("ＴＳＵＮＡＧＩ-ningyo-7", "自分の名前"),
        ("こころの相談窓口ねこがさんびき", "自分の名前"),
    ],
)
async def test_common_ones_and_one_s_own_names_are_refused(passwords: ArgonPasswords, password: str, why: str) -> None:
    with pytest.raises(InputRefused) as refused:
        await check_new(passwords, password, OWN)
    assert why in refused.value.text and password not in str(refused.value) + refused.value.text


async def test_a_password_as_long_as_it_may_be_is_judged_at_once(passwords: ArgonPasswords) -> None:
    await check_new(passwords, ("ningyo-no-umi-7" * 20)[:LONGEST_PASSWORD], ())
    with pytest.raises(InputRefused):
        await check_new(passwords, "x" * 10_000_000, ())


def test_two_keyboards_write_the_same_password() -> None:
    assert normalised("ｎｉｎｇｙｏ－７") == normalised("ningyo-7")
    assert normalised("か\u3099っこう") == normalised("がっこう")
