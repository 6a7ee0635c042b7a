"""Whose age, grade or school a mention is: the writer's, their child's or pupil's, somebody else's, or nobody's now.

A mention is looked at together with the words that touch it: 「妹は小3」 belongs to the sister, 「中3の先輩」 to the
older student, 「中1のとき」 to the past, 「中2病」 to nobody. Whatever touches nothing of the kind is the writer's own.
All functions take text that is normalised and folded to hiragana.
"""

from __future__ import annotations

import re
from enum import Enum


class Owner(Enum):
    """Whom a mention describes; UNSAID is taken as the writer unless the message says otherwise.

    YOUTH is a boy, a girl or a child of whom no more is said (高1の男子が): a teacher's pupil, to others anybody.
    """

    WRITER = "writer"
    UNSAID = "unsaid"
    CHILD = "child"
    PUPIL = "pupil"
    YOUTH = "youth"
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
    "お母さん|おかあさん|母親|母|(?<![のたいんこそ])まま|お父さん|おとうさん|父親|父|ぱぱ|両親|親"
    "|おばあちゃん|祖母|おじいちゃん|祖父|おじさん|おばさん|叔父|叔母|夫|妻|主人|旦那"
)
_SWEETHEARTS = "彼氏|かれし|彼女|かのじょ|彼(?=[はがも0-9])|元かれ|元かの|好きな人"
_SENIORS = "先輩|せんぱい|後輩|こうはい"
_STAFF = "先生|せんせい|担任|顧問"
_OTHERS = "部長|きゃぷてん|犬|猫|ねこ|うさぎ|はむすたー|ぺっと|あの子|その子|この子|あの人|その人|あいつ|やつ|奴|こいつ|みんな|皆|周り|主人公|登場人物|きゃら|あいどる|芸能人|推し|年上|年下"
_NEAR = f"{_SIBLINGS}|{_SWEETHEARTS}|{_SENIORS}"
# Somebody of whom one thing only is said: ネットの人が, 相手の男は, 付き合ってる人も.
_SOMEBODY = r"(?:(?<=[いた])(?<!したい)子(?=が|は(?!い)|も)|(?<![0-9一二三数何])(?:人|ひと|男|女|男性|女性|おじさん|おっさん|方)(?=が|は|も|って))"
_PERSON = f"{FRIENDS}|{_NEAR}|{_PARENTS}|{_OTHERS}"
THIRD_PERSONS = f"{_PERSON}|{_STAFF}"
_NICKNAME = r"[^\s、。,.!?はがもをにでと]{1,6}(?:ちゃん|くん|君|さん)"
WRITER = r"私|わたし|あたし|うち|僕|ぼく|俺|おれ|自分|じぶん|当方|こちら|本人|わい"
ANYBODY = f"{WRITER}|{CHILDREN}|{PUPILS}|{_PERSON}|{_NICKNAME}"

# What may stand between the subject and the mention without a verb coming in between.
_BETWEEN = (
    r"(?:いま|今年|今|まだ|もう|ことし|現在|確か|たしか|たぶん|多分|同じ|おなじ|ちょうど|市内の|近くの|地元の|公立|私立|市立|県立|通う|通って(?:い)?る|行って(?:い)?る|本当は|ほんとは|実際は"
    r"|学年|年齢|歳|とし|二人とも|は|が|も|の|で|:|、|,|・| |\(|=|「|『)*"
)
_IS = r"(?:は|が|も|って|の方が|のほうが|:|\(|=|たちは|たちが|達は|達が|らは|らが|の年齢は|の学年は)"

_LEFT_WRITER = re.compile(rf"(?:{WRITER})(?:は|が|も|って|:|、|,| |も同じ)?{_BETWEEN}$")
_LEFT_CHILD = re.compile(rf"(?:{CHILDREN})(?:{_IS}|[、, ・])?{_BETWEEN}$")
_LEFT_ANOTHERS_CHILD = re.compile(
    rf"(?:{FRIENDS}|{_SIBLINGS}|{_STAFF}|店長|近所|隣)(?:さん)?の(?:息子|娘|子ども|子供|子)(?:さん|ちゃん)?{_IS}?{_BETWEEN}$"
)
_LEFT_PUPIL = re.compile(
    r"(?:教えて(?:い)?る|担任(?:を)?して(?:い)?る|受け持って(?:い)?る|受け持ちの|担当(?:して(?:い)?る|の)|(?:私|うち)の(?:くらす|部)の)$"
    rf"|(?:{PUPILS})(?:{_IS}|[、, ・])?{_BETWEEN}$"
)
# A bare name before a comma is spoken to (「先生、中2です」); a bare 妹 or 彼氏 is spoken of (「妹、小3」).
_LEFT_OTHER = re.compile(
    rf"(?:(?:{_PERSON}|{_STAFF}|{_SOMEBODY}|{_NICKNAME}){_IS}|(?:{_NEAR})[、, ・]?){_BETWEEN}$|(?:{_PERSON})$"
)
_LEFT_NOBODY = re.compile(
    r"(?:(?:去年|昨年|おととし|一昨年|昔|以前|当時|来年|再来年|もうすぐ|もう少しで|そろそろ|あと(?:少し|ちょっと|すこし|わずか|[0-9一二三数]{1,2}(?:年|ヶ月|か月|日|週間))で|将来|もし|もしも"
    r"|先月|先週|来月|来週|明日|あした|今度|次|[0-9]年前|[0-9]年後|(?<![^\s、。])前(?=は|に))(?:まで|から|は|で|に|の春|の4月|、| )*"
    r"|精神年齢(?:は|が)?|永遠の|平均|平均年齢(?:は|が)?|見た目(?:は|が)?|中身は|享年|(?:r|あーる)-?)$"
)
# Time, limits and idioms that follow: the mention is not what the writer is now.
_RIGHT_NOBODY = re.compile(
    r"(?:の|ん|だった|である|になった)?(?:とき(?!どき|々)|時(?!間割|々|折)|頃|ころ|ごろ|時代|時期|春|夏|秋|冬|正月|[0-9一二三]+学期|[0-9]+月|後半|前半|中盤"
    r"|始め|はじめ|初め|終わり|おわり|途中|最初|最後|入学(?!後|早々|直後|し(?:て|たば|た(?![らとい時頃ころ])|まし))|誕生日)"
    r"|(?:くらい|ぐらい|ごろ|頃)?(?:の(?!寮|部員|男子|女子|子|先輩|生徒|家)[^\s]{0,3})?から(?!です|だよ|だけど|相談|帰|かえ|電話)|(?:くらい|ぐらい)?まで(?!電車|自転車|ばす|通|歩|行く|片道|遠|[0-9])|でした|だった(?!ら)|やった(?!ら)"
    r"|(?:くらい|ぐらい)の(?=$|[。、!])|以上|以下|未満|以来|以降|より|差(?!別|し|が)|(?:も|つ)?(?:年)?(?:上(?!が|手)|下(?!が|手|校|痢))|(?:も)?離れ|の壁|年生の壁"
    r"|に?なったら|になれば|になると|になるまで|になるの|になりたく|になる前|に戻り|にもど|の平均"
    r"|って(?!言|い[うっ]|ゆ|こと|だけ|の)[^。、]{0,8}(?:時期|普通|ふつう|みんな|なの|こんな|どんな|もん)"
    r"|じゃな|ではな|じゃね|じゃあり|ではあり|じゃん?なく|とちが|と違|ちゃう"
    r"|病(?!み(?!たい)|[んむ気院弱])|びょう(?!い|き)|くさ|臭|っぽ|的|設定|感(?!じ)|ぎゃっぷ|ぷろぶれむ|くらいしす|禁"
    r"|[〜~～ー-](?:小|中|高|[0-9])"
    r"|(?:だ|生だ)?(?:って|と)(?:嘘|うそ|偽|ごまか|さば|詐称|思われ|見られ|間違え|まちがえ|勘違い)"
)
# 「高2の冬です」, 「中3の夏なのに」: a part of the year that is now.
_RIGHT_NOW = re.compile(
    r"の誕生日(?:を|に|が|で)?(?:迎え(?:た(?!ら|とき)|て|まし)|来(?:た(?!ら)|て|まし)|でした|だった|です|なの)|の?(?:春|夏|秋|冬|[0-9一二三]学期|[0-9]{1,2}月|途中|後半|前半|中盤|終わり|最後)(?:なの|です(?!か)|だけど|なんで|なんだ|だ$|に(?:入|なりまし|なってしま))"
)
# 「あ、すみません16歳でした」, 「やっぱ中3でした」 correct what was said; nothing of it is past.
_CORRECTS = re.compile(
    r"間違[えっ]|まちが[えっ]|訂正|すみません|すいません|ごめん|^あ[、!ー ]|(?:じゃ|では)なく|正しくは|やっぱり?|やはり|(?:本当|ほんと|実|じつ)は"
)
_ATTRIBUTE = r"(?:仲のいい|仲がいい|仲いい|仲良い|仲の良い|好きな|同じ|部活の|くらすの|くらすめいとの|となりの|隣の|ほかの|他の|別の|一番仲いい)?"
_SEX = r"(?:[男女](?:子|の子|児)?の?)?"
_RIGHT_PARENT = re.compile(
    rf"(?:です)?[、 ]?の?{_SEX}(?:の?子)?(?:の|を持つ|がいる|をもつ)?(?:母|父|親|保護者|まま|ぱぱ|祖母|祖父|ははおや)"
    r"(?:です|でして|だけど|ですが|をして|なんです|になり|より|$|、|。)"
)
_RIGHT_CHILD = re.compile(
    rf"(?:になる|になった|になって)?の?{_ATTRIBUTE}の?{_SEX}(?:になる)?(?:(?:{CHILDREN})(?!です|だよ|だけど)|(?:息子|娘|長男|長女|次男|次女)(?=です)|子(?:が[いお]|を持|の(?:母|父|親|保護)|を育|のこと))"
)
_RIGHT_PUPIL = re.compile(
    rf"の?{_SEX}(?:くらすの)?(?:(?:{PUPILS})(?!です|だ|会)|(?:の)?(?:担任|くらす担任|学級担任|副担任)(?:です|を|して|になり|の者|の教))"
    rf"|(?:の子|の?{_SEX})?を(?:担任|担当|受け持|うけも|教え)"
)
_RIGHT_YOUTH = re.compile(
    r"の?(?:不登校の|女子|男子|女の|男の)?(?:部員|寮生|男子|女子|男の子|女の子|男児|女児|子|こ)"
    r"(?:に(?!な[りっ])|と(?!して|言|いい)|から|が(?!いい)|を|へ|は|も(?!相談|いい)|の(?:こと|件|様子|保護者|家庭|腕|相談|対応|指導|支援)|について|[0-9一二三数]人)"
)
# うちの小6が: a guardian's own, although が would make anybody else of it.
_OUR = re.compile(r"(?:うち|我が家|わが家)の$")
_RIGHT_OUR = re.compile(r"(?:が|は|を|に|と|も|って|のこと|、)")
_RIGHT_OTHER = re.compile(
    rf"(?:くらい|ぐらい)?(?:になる|になった)?の?{_ATTRIBUTE}{_SEX}の?(?:{_PERSON}|{_NICKNAME})"
    r"(?!なし|無し|いな|ほし|欲し)"
    r"|(?:くらい|ぐらい)?の?(?:男性|女性|男の人|女の人|男の子|女の子|男子|女子|男|女|人|ひと|子|こ|大人|たち|達|ら|数人|何人)"
    r"(?:の人|の子|たち|達|ら|数人|何人|[0-9]人)*(?:に(?!な[りっ])|と(?!して|言|いい|申)|から(?!の相談|の質問|です|相談)|が(?!いい|相談|質問)|を|へ|って(?!言)|も(?!相談|いい|大丈夫)|は|同士|の中で|の前で|に囲)"
    r"|の?(?:男の|女の)?(?:子|男子|女子|人|やつ|先輩|後輩)(?:たち|達|ら)(?:です|だ|で|、|$)"
)
# Particles that make the mention an actor or a goal of its own: 「中3が中1を殴る」, 「高2に言われた」.
_RIGHT_ACTOR = re.compile(
    r"(?:が(?!ん|、|$)|を(?!なんとか|やって|して|過ご|すご|留年|休学|休んで|もう一|繰り返)|へ|に(?!な[りっるん]|上が|あが|進|在|編|転|戻|復|い[るま]|通|入|はい|して|も|、|$| |ゃ)|と(?!言|い[うっ]|申|して|か|きどき|、|$| |いい)|同士|たち|達|ら(?!し))"
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
    nobody = _RIGHT_NOBODY.match(text, end)
    corrected = nobody and nobody.group() in ("でした", "だった") and _CORRECTS.search(text, 0, start)
    if nobody and not corrected and not _RIGHT_NOW.match(text, end):
        return Owner.NOBODY
    if _RIGHT_PARENT.match(text, end) or _RIGHT_CHILD.match(text, end):
        return Owner.CHILD
    if _RIGHT_PUPIL.match(text, end):
        return Owner.PUPIL
    if acts and _OUR.search(text, max(0, start - 4), start) and _RIGHT_OUR.match(text, end):
        return Owner.CHILD
    if acts and _RIGHT_YOUTH.match(text, end):
        return Owner.YOUTH
    if _RIGHT_OTHER.match(text, end) or (acts and _RIGHT_ACTOR.match(text, end)):
        return Owner.OTHER
    return owner_before(text, start)


def owner_before(text: str, start: int) -> Owner:
    """Return whom the words before the place `start` speak of."""
    since = max(0, start - 24, *(text.rfind(mark, 0, start) + 1 for mark in "。!?\n"))
    if _LEFT_NOBODY.search(text, since, start):
        return Owner.NOBODY
    if _LEFT_WRITER.search(text, since, start):
        return Owner.WRITER
    if _LEFT_ANOTHERS_CHILD.search(text, since, start):
        return Owner.OTHER
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
