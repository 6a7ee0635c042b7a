"""Ages: 13歳, 十四才, じゅうさん, ハタチ, 「15/中3/女」, and a bare 14 where it can only be an age."""

from __future__ import annotations

import re

from kernel.intake.mention import Mention
from kernel.intake.numbers import ARABIC, KANA_FROM_TEN, KANJI, number
from kernel.intake.owner import ANYBODY, CHILDREN, FRIENDS, PUPILS, Owner, owner_before, owner_of

# Whom a school consultation meets without a unit behind the number.
_YOUNGEST, _OLDEST = 6, 22
# Without the question and without a unit, small numbers count other things.
_AT_SCHOOL = 10
# With a unit anybody may write; a hundred and more is a joke.
_OLDEST_SAID = 99

_KANA_WITH_UNIT = rf"(?:{KANA_FROM_TEN}|ろく|なな|しち|はち|はっ|きゅう)"
_SAID = re.compile(
    rf"(?P<num>(?<![0-9])[0-9]{{1,2}}|一[〇一二三四五六七八九](?=歳|才)|{KANJI}|(?<![ぁ-ん]){_KANA_WITH_UNIT}|(?<=は){_KANA_WITH_UNIT})(?:ちゃい|しゃい|[ ]?(?:歳"
    r"|才|歲|さい|さぃ|sai(?![a-z])|years? ?old|y/?o?(?![a-z])))(?!児(?!です|だ)|式|さ)"
    rf"|(?P<twenty>はたち(?!の頃)|二十歳|廿歳)"
    rf"|(?:(?<!精神)年齢|ねんれい|歳|とし|age|(?<![一-龥0-9])年(?=:|は|[ ]?[0-9]))(?:ですか|っていうと|的に|でいうと|は|が|って|だと|:|=|\?| )*"
    rf"(?P<label>{ARABIC}|{KANJI}|{KANA_FROM_TEN})(?![年月日時組人番点回円つkc]|[一二三四五六七八九十])"
)
_NUMBER = rf"(?P<num>{ARABIC}|(?<![一二三四五六七八九十])[二]?十[一二三四五六七八九]?|(?<![ぁ-ん]){KANA_FROM_TEN}(?![ぁ-ん]|$(?<=に)))"
# A number that stands free: between spaces, strokes, brackets, signs of gender.
_FREE = re.compile(
    r"(?:^|(?<=[\s/、,・|(\[。:♀♂男女子])|(?<=[0-9年生]の)|(?<=[0-9年生]で)|(?<=[私僕俺]は)|(?<=わたしは)|(?<=自分は)|(?<=今)|(?<=いま)|(?<=今は)|(?<=まだ)|(?<=もう)|(?<=[てるた])(?=[0-9]))"
    rf"{_NUMBER}(?=$|[\s/,、・|)\]。!♀♂(]|男|女|[fm](?![a-z])|です|だよ|だけど|で[、中高小す]|なん|にな(?:った|りま|りたて)|の(?:男|女|jk|高校生"
    r"|中学生)|の?[中高小][1-6一二三四五六]|の?[jd][ck])"
)
_ANSWER = re.compile(
    r"(?:えっと|えーと|うーん|一応|いちおう|今|いま|いまは|今は|まだ|もう|たぶん|年は|(?:私|わたし|僕|ぼく|俺|おれ|自分|うち)は|[、。… .])*"
    rf"(?P<num>{ARABIC}|[二]?十[一二三四五六七八九]?|{KANA_FROM_TEN}|[六七八九]|ろく|なな|しち|はち|きゅう)"
    r"(?P<says>です|でーす|だよ|だ|やで|なんです|になりました|になった|だけど|ですけど|ですが)?(?:かな|ね|よ|w|笑|ー|\W)*"
)

# A number that says an age by what touches it: 「もう18なのに」, 「13ですけど相談いいですか」, 「娘は16で」, 「17にもなって」.
_BIRTHDAY = r"誕生日(?:で|に|きて|が来て|がきて|むかえて|迎えて)?"
_LATELY = rf"(?:今日|昨日|きのう|一昨日|先日|先週|先月|今月|今年|この(?:前|間)|こないだ|こないだの|さっき|最近|{_BIRTHDAY})(?:で|に|、)?"
_COPULA = (
    r"です(?!か(?!ら))|でーす|だ(?:よ|ょ|お|ぉ|ぜ|ぞ|わ|ね|け|が|し|から|もん|ー|w|笑|$|[。、!])|っす|なん(?:です|だ|や|すけど)|な(?:のに|ので|のだ)|や(?:けど|ねん|で|し|から)"
    r"|にも?なって(?!から|も(?!う))|になります(?=$|[。!、 ]|が|けど)|で?成人(?:済|して)|にもなる|にして(?!は|も|く|ほ)|に?なりたて|に?なったばっ?か|(?:とか)?でも(?:相談|大丈夫|いい|話|聞)|は(?:相談|だめ)"
)
_WHO = r"の(?:男|女|[jd][sck]|者|学生|(?:現役)?(?:女子|男子)?(?:小|中|高校?|大|専門)?学?生(?!活)|(?:小|中|高)[1-6一二三四五六]|ふりーたー|無職|社会人|浪人|にーと)"
_KIN = rf"の?(?:{CHILDREN}|{PUPILS}|{FRIENDS}|妹|弟|姉|兄|先輩|後輩|彼氏|彼女|[男女]の子)"
_TELLING = re.compile(
    rf"(?:^|[\s、。!?/・(「:♀♂]|(?P<lately>{_LATELY})|今|いま|今は|いまは|(?:本当|ほんと|ほんとう|実際|実)は|(?:じゃ|では)な(?:く|くて)|(?P<yet>もう|まだ)|やっと|ついに|(?P<beside>(?:[小中高][1-6一二三四五六]|[年生])[での]|(?:無職|にーと|ふりーたー|社会人|浪人|宅浪|通信|定時|専門|高専|不登校|引きこもり|ひきこもり)の)|[るた](?=[0-9])"
    r"|(?:けど|けれど|です|ます|ので|ない)(?=[0-9])"
    rf"|(?P<whose>(?:{ANYBODY})(?:は|が|も|って)?(?:今|いま|まだ|もう|今年)?))"
    rf"(?P<num>{ARABIC}|二?十[一二三四五六七八九]?)"
    rf"(?:(?P<became>に?なっ(?:た(?!ら|時|とき|頃|ころ)|て(?!も|か))|に?なりまし)|[ ]?(?P<telling>{_COPULA}|{_WHO}|{_KIN}|[♀♂])"
    r"|(?P<passing>で(?:、|[一二三1-3]浪|浪人|宅浪|無職|来月|来年|もうすぐ|今年|今度|[男女]))|(?P<short>$|[\s、。/!]|で(?![もき])))"
)
_BRACKETED = re.compile(rf"(?:{ANYBODY})\((?P<num>[0-9]{{1,2}})(?=[)・、/ ])")
# 「16、高校行ってない」: who opens with a number and goes on with school tells their age.
_OPENING = re.compile(
    r"(?P<num>[0-9]{2})[、。/ ](?![0-9]|時|分)[^。\n]{0,8}(?:高校|中学|学校|通信|専門|大学|不登校|働い|ばいと|女|男)"
)
# 「25歳の先生が」: beside a grade a teacher is the writer's own, beside an age the teacher is meant.
_ADULT = re.compile(
    r"の(?:先生|担任|顧問|教師|講師|こーち|店員|店長|社会人|会社員|大学生|高校生|中学生|小学生)(?:の人|の男|の女)?(?:が|に|と|から|は|を|へ|も)"
)
# 「今年15歳になります」 is to come; 「先月15歳になりました」 is so now, although last month is over.
_THIS_YEAR = re.compile(r"(?:今年|ことし|今年度|今月|今度)(?:中)?(?:に|で|、|の[^\s、。]{1,5}で)?$")
_BECOMES = re.compile(r"(?:歳|才|さい)?に?な(?:る(?!息子|娘|子)|ります)")
_JUST_NOW = re.compile(rf"{_LATELY}$")
_BECAME = re.compile(
    rf"(?:歳|才|さい)?(?P<lately>に{_LATELY})?に?な(?:っ(?:た(?!ら|時|とき|頃|ころ)|て(?!も|か))|りまし)"
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
            found.append(Mention(match.start(), match.end(), _owner(text, match.start(), match.end()), age=age))
    if any(mention.owner in (Owner.WRITER, Owner.UNSAID, Owner.CHILD) for mention in found):
        return found
    answer = _ANSWER.fullmatch(text)
    if answer and (asked or answer["says"]):
        age = number(answer["num"])
        if age is not None and (_YOUNGEST if asked else _AT_SCHOOL) <= age <= _OLDEST:
            return [Mention(answer.start("num"), answer.end("num"), Owner.UNSAID, age=age)]
    told = _outside(_bare(text), found)
    if profile or asked:
        for match in _FREE.finditer(text):
            age = number(match["num"])
            if age is not None and _YOUNGEST <= age <= _OLDEST:
                owner = _owner(text, match.start(), match.end())
                told.extend(_outside([Mention(match.start(), match.end(), owner, age=age)], [*found, *told]))
    return [*found, *told]


def _bare(text: str) -> list[Mention]:
    """Return the ages without a unit that the words beside them tell."""
    found = []
    for match in _TELLING.finditer(text):
        age = number(match["num"])
        if age is None or not _AT_SCHOOL <= age <= _OLDEST:
            continue
        untold = (
            match["short"] is not None and match["whose"] is None and match["beside"] is None and match["yet"] is None
        )
        if not untold and (match["lately"] is None or match["became"] is not None):
            found.append(Mention(*match.span("num"), _owner(text, *match.span("num")), age=age))
    opening = _OPENING.match(text)
    if opening and _AT_SCHOOL <= int(opening["num"]) <= _OLDEST:
        found.append(Mention(0, 2, Owner.UNSAID, age=int(opening["num"])))
    for match in _BRACKETED.finditer(text):
        if 3 <= int(match["num"]) <= _OLDEST_SAID:
            found.append(Mention(*match.span("num"), _owner(text, *match.span("num")), age=int(match["num"])))
    return found


def _owner(text: str, start: int, end: int) -> Owner:
    if _ADULT.match(text, end):
        return Owner.OTHER
    if _BECOMES.match(text, end) and _THIS_YEAR.search(text, max(0, start - 9), start):
        return Owner.NOBODY
    became = _BECAME.match(text, end)
    if became and became["lately"]:
        return owner_before(text, start)  # 「13歳に先週なりました」
    if became:
        just_now = _JUST_NOW.search(text, max(0, start - 9), start)
        return owner_of(text, just_now.start() if just_now else start, end)
    return owner_of(text, start, end)


def _outside(mentions: list[Mention], others: list[Mention]) -> list[Mention]:
    """Return the mentions that touch none of `others`."""
    return [
        mention
        for mention in mentions
        if not any(other.start < mention.end and mention.start < other.end for other in others)
    ]
