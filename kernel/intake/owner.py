"""Whose age, grade or school a mention is: the writer's, their child's or pupil's, somebody else's, or nobody's now.

A mention is looked at together with the words that touch it: 「妹は小3」 belongs to the sister, 「中3の先輩」 to the
older student, 「中1のとき」 to the past, 「中2病」 to nobody. Whatever touches nothing of the kind is the writer's own.
All functions take text that is normalised and folded to hiragana.
"""

from __future__ import annotations

import re
from enum import Enum


class Owner(Enum):
    """Whom a mention describes; UNSAID is taken as the writer unless the message says otherwise."""

    WRITER = "writer"
    UNSAID = "unsaid"
    CHILD = "child"
    PUPIL = "pupil"
    OTHER = "other"
    NOBODY = "nobody"


CHILDREN = "息子|むすこ|娘|むすめ|子ども|子供|こども|うちの子|我が子|わが子|長男|長女|次男|次女|三男|三女|上の子|下の子|末っ子|孫"
PUPILS = "教え子|生徒|児童"
FRIENDS = (
    "友達|友だち|ともだち|友人|親友|だち|まぶだち|ねっ友|ねっとの友|相方|相手|仲間(?!は|外|に入)"
    "|くらすめいと|くらすの子|同級生|同じくらすの子|幼なじみ|幼馴染|おさななじみ|ふぉろわー|知り合い|知人|隣の子|となりの子"
)
_SIBLINGS = (
    "妹|いもうと|弟|おとうと|お兄ちゃん|兄ちゃん|兄貴|お兄さん|兄|お姉ちゃん|姉ちゃん|ねえちゃん|にいちゃん|お姉さん|姉"
    "|いとこ|従兄弟|従姉妹|従兄|従弟|従姉|従妹|甥|姪"
)
_PARENTS = (
    "お母さん|おかあさん|母親|母|まま|お父さん|おとうさん|父親|父|ぱぱ|両親|親"
    "|おばあちゃん|祖母|おじいちゃん|祖父|おじさん|おばさん|叔父|叔母|夫|妻|主人|旦那"
)
_SWEETHEARTS = "彼氏|かれし|彼女|かのじょ|元かれ|元かの|好きな人"
_SENIORS = "先輩|せんぱい|後輩|こうはい"
_STAFF = "先生|せんせい|担任|顧問"
_OTHERS = "部長|きゃぷてん|犬|猫|ねこ|うさぎ|はむすたー|ぺっと|あの子|その子|この子|あの人|その人|あいつ|やつ|奴|こいつ|みんな|皆|周り|推し|年上|年下"
_NEAR = f"{_SIBLINGS}|{_SWEETHEARTS}|{_SENIORS}"
_PERSON = f"{FRIENDS}|{_NEAR}|{_PARENTS}|{_OTHERS}"
_NICKNAME = r"[^\s、。,.!?はがもをにでと]{1,6}(?:ちゃん|くん|君|さん)"
_WRITER = r"私|わたし|あたし|うち|僕|ぼく|俺|おれ|自分|じぶん|当方|こちら|本人|わい"

# What may stand between the subject and the mention without a verb coming in between.
_BETWEEN = (
    r"(?:いま|今年|今|まだ|もう|ことし|現在|確か|たしか|たぶん|多分|同じ|おなじ|ちょうど|市内の|近くの|地元の|公立|私立|市立|県立"
    r"|学年|年齢|歳|とし|二人とも|は|が|も|の|で|:|、|,|・| |\(|=|「|『)*"
)
_IS = r"(?:は|が|も|って|の方が|のほうが|:|\(|=|たちは|たちが|達は|達が|らは|らが|の年齢は|の学年は|と同じ)"

_LEFT_WRITER = re.compile(rf"(?:{_WRITER})(?:は|が|も|って|:|、|,| |も同じ)?{_BETWEEN}$")
_LEFT_CHILD = re.compile(rf"(?:{CHILDREN})(?:{_IS}|[、, ・])?{_BETWEEN}$")
_LEFT_PUPIL = re.compile(rf"(?:{PUPILS})(?:{_IS}|[、, ・])?{_BETWEEN}$")
# A bare name before a comma is spoken to (「先生、中2です」); a bare 妹 or 彼氏 is spoken of (「妹、小3」).
_LEFT_OTHER = re.compile(rf"(?:(?:{_PERSON}|{_STAFF}|{_NICKNAME}){_IS}|(?:{_NEAR})[、, ・]?){_BETWEEN}$|(?:{_PERSON})$")
_LEFT_NOBODY = re.compile(
    r"(?:(?:去年|昨年|おととし|一昨年|昔|以前|当時|来年|再来年|もうすぐ|もう少しで|そろそろ|あとちょっとで|将来|もし|もしも"
    r"|先月|先週|来月|来週|明日|あした|今度|次|[0-9]年前|[0-9]年後|(?<![^\s、。])前(?=は|に))(?:まで|から|は|で|に|の春|の4月|、)*"
    r"|精神年齢(?:は|が)?|永遠の|平均|平均年齢(?:は|が)?|見た目(?:は|が)?|中身は|享年|(?:r|あーる)-?)$"
)
# Time, limits and idioms that follow: the mention is not what the writer is now.
_RIGHT_NOBODY = re.compile(
    r"(?:の|ん|だった|である|になった)?(?:とき|時(?!間割)|頃|ころ|ごろ|時代|時期|春|夏|秋|冬|正月|[0-9一二三]+学期|[0-9]+月|後半|前半|中盤"
    r"|始め|はじめ|初め|終わり|おわり|途中|最初|最後|入学|誕生日)"
    r"|(?:くらい|ぐらい|ごろ|頃)?(?:の[^\s]{0,3})?から(?!です|だよ|だけど|相談)|(?:くらい|ぐらい)?まで|でした|だった(?!ら)|やった(?!ら)"
    r"|以上|以下|未満|以来|以降|より|差|(?:も|つ)?(?:年)?(?:上(?!が)|下(?!が))|(?:も)?離れ|の壁|年生の壁"
    r"|に?なったら|になれば|になると|になるまで|になるの|になりたく|になる前|に戻り|にもど|の平均"
    r"|じゃな|ではな|じゃね|じゃあり|ではあり|じゃん?なく|とちが|と違|ちゃう"
    r"|病|びょう|くさ|臭|っぽ|的|設定|感(?!じ)|ぎゃっぷ|ぷろぶれむ|くらいしす|禁"
    r"|[〜~～ー-](?:小|中|高|[0-9])"
)
_ATTRIBUTE = r"(?:仲のいい|仲がいい|仲いい|仲良い|仲の良い|好きな|同じ|部活の|くらすの|くらすめいとの|となりの|隣の|ほかの|他の|別の|一番仲いい)?"
_SEX = r"(?:[男女](?:子|の子|児)?の?)?"
_RIGHT_PARENT = re.compile(
    rf"(?:です)?[、 ]?の?{_SEX}(?:の?子)?(?:の|を持つ|がいる|をもつ)?(?:母|父|親|保護者|まま|ぱぱ|祖母|祖父|ははおや)"
    r"(?:です|でして|だけど|ですが|をして|なんです|になり|より|$|、|。)"
)
_RIGHT_CHILD = re.compile(
    rf"(?:になる|になった|になって)?の?{_ATTRIBUTE}の?{_SEX}(?:になる)?(?:(?:{CHILDREN})(?!です|だよ|だけど)|子(?:が[いお]|を持|の(?:母|父|親|保護)|を育|のこと))"
)
_RIGHT_PUPIL = re.compile(
    rf"の?{_SEX}(?:くらすの)?(?:(?:{PUPILS})(?!です|だ|会)|(?:の)?(?:担任|くらす担任|学級担任|副担任)(?:です|を|して|になり|の者|の教))"
)
_RIGHT_OTHER = re.compile(
    rf"(?:くらい|ぐらい)?(?:になる|になった)?の?{_ATTRIBUTE}{_SEX}の?(?:{_PERSON}|{_NICKNAME})"
    r"(?!なし|無し|いな|ほし|欲し)"
    r"|(?:くらい|ぐらい)?の?(?:男性|女性|男の人|女の人|男の子|女の子|男子|女子|男|女|人|ひと|子|こ|大人|たち|達|ら|数人|何人)"
    r"(?:の人|の子|たち|達|ら|数人|何人|[0-9]人)*(?:に(?!な[りっ])|と(?!して|言|いい)|から|が(?!いい)|を|へ|って(?!言)|も|は|同士|の中で|の前で|に囲)"
)
# Particles that make the mention an actor or a goal of its own: 「中3が中1を殴る」, 「高2に言われた」.
_RIGHT_ACTOR = re.compile(
    r"(?:が(?!ん|、|$)|を|へ|に(?!な[りっるん]|上が|あが|進|して|も|、|$| |ゃ)|と(?!言|い[うっ]|申|して|か|、|$| |いい)|同士|たち|達|ら(?!し))"
)
# 「、」 or 「で」 between two mentions: they describe the same person.
_TIGHT_LINK = re.compile(r"(?:で|の|、|,|/|・| |\(|\)|[男女]子?|♀|♂)*")
_LINK = re.compile(r"(?:生)?(?:です|だ|で|の|、|,|/|・| |\(|\)|\||[男女]子?|♀|♂|歳|才)*")


def owner_of(text: str, start: int, end: int, *, acts: bool = True) -> Owner:
    """Return whom the mention text[start:end] describes.

    Args:
        text: the whole message.
        start, end: where the mention stands, in characters of `text`.
        acts: whether a following が, に or を makes it somebody else's (true of grades, not of schools).
    """
    if _RIGHT_NOBODY.match(text, end):
        return Owner.NOBODY
    if _RIGHT_PARENT.match(text, end) or _RIGHT_CHILD.match(text, end):
        return Owner.CHILD
    if _RIGHT_PUPIL.match(text, end):
        return Owner.PUPIL
    if _RIGHT_OTHER.match(text, end) or (acts and _RIGHT_ACTOR.match(text, end)):
        return Owner.OTHER
    return _by_left(text, start)


def _by_left(text: str, start: int) -> Owner:
    since = max(0, start - 24, *(text.rfind(mark, 0, start) + 1 for mark in "。!?\n"))
    if _LEFT_NOBODY.search(text, since, start):
        return Owner.NOBODY
    if _LEFT_WRITER.search(text, since, start):
        return Owner.WRITER
    if _LEFT_CHILD.search(text, since, start):
        return Owner.CHILD
    if _LEFT_PUPIL.search(text, since, start):
        return Owner.PUPIL
    if _LEFT_OTHER.search(text, since, start):
        return Owner.OTHER
    return Owner.UNSAID


def is_linked(text: str, before: int, after: int) -> bool:
    """Say whether nothing but a link stands between a mention that ends at `before` and one that begins at `after`."""
    return _LINK.fullmatch(text, before, after) is not None


def belongs_together(text: str, before: int, after: int) -> bool:
    """Say whether the mention that ends at `before` can be a part of the phrase that begins at `after`."""
    return _TIGHT_LINK.fullmatch(text, before, after) is not None
