"""Ages: 13歳, 十四才, じゅうさん, ハタチ, 「15/中3/女」, and a bare 14 where it can only be an age."""

from __future__ import annotations

import re

from kernel.intake.mention import Mention
from kernel.intake.numbers import ARABIC, KANA_FROM_TEN, KANJI, number
from kernel.intake.owner import Owner, owner_of

# Whom a school consultation meets without a unit behind the number.
_YOUNGEST, _OLDEST = 6, 22
# Without the question and without a unit, small numbers count other things.
_AT_SCHOOL = 10
# With a unit anybody may write; a hundred and more is a joke.
_OLDEST_SAID = 99

_KANA_WITH_UNIT = rf"(?:{KANA_FROM_TEN}|ろく|なな|しち|はち|はっ|きゅう)"
_SAID = re.compile(
    rf"(?P<num>(?<![0-9])[0-9]{{1,2}}|一[〇一二三四五六七八九](?=歳|才)|{KANJI}|(?<![ぁ-ん]){_KANA_WITH_UNIT}|(?<=は){_KANA_WITH_UNIT})(?:ちゃい|[ ]?(?:歳"
    r"|才|歲|さい|さぃ|years? ?old|y/?o?(?![a-z])))(?!児|式|さ)"
    rf"|(?P<twenty>はたち(?!の頃)|二十歳|廿歳)"
    rf"|(?:(?<!精神)年齢|ねんれい|歳|とし|age|(?<!学)年(?=:))(?:は|が|:|=| )*(?P<label>{ARABIC}|{KANJI}"
    rf"|{KANA_FROM_TEN})(?![年月日時組人番点回円kc]|[一二三四五六七八九十])"
)
_NUMBER = rf"(?P<num>{ARABIC}|(?<![一二三四五六七八九十])[二]?十[一二三四五六七八九]?|(?<![ぁ-ん]){KANA_FROM_TEN}(?![ぁ-ん]|$(?<=に)))"
# A number that stands free: between spaces, strokes, brackets, signs of gender.
_FREE = re.compile(
    r"(?:^|(?<=[\s/、,・|(\[。:♀♂男女子])|(?<=[0-9年生]の)|(?<=[私僕俺]は)|(?<=わたしは)|(?<=自分は)|(?<=今)|(?<=いま)|(?<=今は)|(?<=まだ)|(?<=もう)|(?<=て)(?=[0-9]))"
    rf"{_NUMBER}(?=$|[\s/,、・|)\]。!♀♂(]|男|女|[fm](?![a-z])|です|だよ|だけど|で[、中高小す]|なん|にな(?:った|りま|りたて)|の(?:男|女|jk|高校生"
    r"|中学生)|[中高小][1-6]|[jd][ck])"
)
_ANSWER = re.compile(
    r"(?:えっと|えーと|うーん|一応|いちおう|今|いま|いまは|今は|まだ|もう|たぶん|年は|(?:私|わたし|僕|ぼく|俺|おれ|自分|うち)は|[、。… .])*"
    rf"(?P<num>{ARABIC}|[二]?十[一二三四五六七八九]?|{KANA_FROM_TEN}|[六七八九])"
    r"(?P<says>です|でーす|だよ|だ|やで|なんです|になりました|になった|だけど|ですけど|ですが)?(?:かな|ね|よ|w|笑|ー|\W)*"
)


# Said of oneself in passing: 「13ですけど相談いいですか」, 「今14で来月15です」.
_IN_PASSING = re.compile(
    rf"(?:^|今|いま|まだ|(?:私|わたし|僕|ぼく|俺|おれ|自分)は)(?P<num>{ARABIC})(?:です(?:けど|が|[。、!]|$)|だけど|なんです|で(?:[、。]|来月|もうすぐ))"
)
# 「25歳の先生が」: beside a grade a teacher is the writer's own, beside an age the teacher is meant.
_ADULT = re.compile(
    r"の(?:先生|担任|顧問|教師|講師|こーち|店員|店長|社会人|会社員|大学生|高校生|中学生|小学生)(?:の人|の男|の女)?(?:が|に|と|から|は|を|へ|も)"
)


def find_ages(text: str, *, asked: bool, profile: bool) -> list[Mention]:
    """Return the ages in a text that is normalised and folded to hiragana.

    Args:
        text: the whole message.
        asked: whether the age was just asked for; a bare number then is one.
        profile: whether the message names a grade, school or gender, so that a free number beside it is an age.
    """
    found = []
    for match in _SAID.finditer(text):
        age = 20 if match["twenty"] else number(match["num"] or match["label"])
        if age is not None and 3 <= age <= _OLDEST_SAID:
            owner = Owner.OTHER if _ADULT.match(text, match.end()) else owner_of(text, match.start(), match.end())
            found.append(Mention(match.start(), match.end(), owner, age=age))
    if found:
        return found
    answer = _ANSWER.fullmatch(text)
    if answer and (asked or answer["says"]):
        age = number(answer["num"])
        if age is not None and (_YOUNGEST if asked else _AT_SCHOOL) <= age <= _OLDEST:
            return [Mention(answer.start("num"), answer.end("num"), Owner.UNSAID, age=age)]
    passing = _IN_PASSING.search(text)
    if passing and _AT_SCHOOL <= int(passing["num"]) <= _OLDEST:
        return [Mention(passing.start("num"), passing.end("num"), Owner.UNSAID, age=int(passing["num"]))]
    if profile or asked:
        for match in _FREE.finditer(text):
            age = number(match["num"])
            if age is not None and _YOUNGEST <= age <= _OLDEST:
                owner = owner_of(text, match.start(), match.end())
                found.append(Mention(match.start(), match.end(), owner, age=age))
    return found
