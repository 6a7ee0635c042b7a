"""The writer's gender as they state it: 男, 女, その他."""

from __future__ import annotations

import re

from kernel.intake.mention import Mention
from kernel.intake.owner import owner_of

_FEMALE = r"女子高生|女子中学生|女子中高生|女子大生|女子小学生|女の子|女子|女性|女|おんなのこ|おんな|♀|female|girl"
_MALE = r"男子高校生|男子中学生|男子高生|男子大学生|男子小学生|男の子|男子|男性|男|おとこのこ|おとこ|♂|male|boy"
_OTHER = r"xじぇんだー|のんばいなりー|ftm|mtf|とらんすじぇんだー|とらんす男性|とらんす女性|性別不詳|性別不明|中性|無性|どちらでもない"
_WORD = rf"(?:(?P<female>{_FEMALE})|(?P<male>{_MALE})|(?P<other>{_OTHER}))"
_STATES = r"(?=です|でーす|でし[。、]|だよ|だけ|だ[。、し]|なん|なの|やで|やけ|$|[\s/、。,)!・|(\]】」]|[0-9])"

_LABELLED = re.compile(rf"性別(?:は|:|=|が| )*{_WORD}")
# After a grade, an age or the start, and before an end: 「中3女子です」, not 「女子に無視される」.
_STATED = re.compile(
    r"(?:^|(?<=[\s/、,。(・|:\[【「])|(?<=[0-9一二三四五六])|(?<=歳)|(?<=才)|(?<=さい)|(?<=年生)|(?<=[1-6]年)|(?<=学生)|(?<=校生)"
    r"|(?<=[0-9生歳年]の)|(?<=[0-9生歳年]で)|(?<=私は)|(?<=僕は)|(?<=俺は)|(?<=自分は)|(?<=わたしは))"
    rf"(?:{_WORD}){_STATES}"
)
_GIRL_OR_BOY = re.compile(
    r"(?<![a-z0-9])[fsl]?(?P<letter>[jd])[sckd](?=[1-6]?(?:です|でーす|だ|で|なん|$|[\s、。!(]|の?[1-6]))"
)
_DAUGHTER = re.compile(r"娘|むすめ|長女|次女|三女|女児|女子の(?:母|父|親|保護者)")
_SON = re.compile(r"息子|むすこ|長男|次男|三男|男児|男子の(?:母|父|親|保護者)")


def find_genders(text: str) -> list[Mention]:
    """Return where 男, 女 or その他 is stated of somebody; text normalised and folded to hiragana."""
    found = []
    for match in (*_LABELLED.finditer(text), *_STATED.finditer(text)):
        gender = "女" if match["female"] else "男" if match["male"] else "その他"
        found.append(_mention(text, match, gender))
    for match in _GIRL_OR_BOY.finditer(text):
        found.append(_mention(text, match, "女" if match["letter"] == "j" else "男"))
    return found


def _mention(text: str, match: re.Match[str], gender: str) -> Mention:
    return Mention(match.start(), match.end(), owner_of(text, match.start(), match.end()), gender=gender)


def find_child_gender(text: str) -> str | None:
    """Return the gender of the child that a guardian writes about, if the words say it of one child only."""
    daughter, son = bool(_DAUGHTER.search(text)), bool(_SON.search(text))
    if daughter == son:
        return None
    return "女" if daughter else "男"
