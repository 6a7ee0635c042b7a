"""School names in running text: ○○市立△△中, 第一中学校, 札幌北高, N高.

Without a register a name is known by its end (中学校, 高, 学園 …) and by the run of name characters before it. Words
that are no part of a name (昨日, 私立, 授業) are taken off; what is left has to look like a name, and it has to be the
school the writer attends, not one they would like to enter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kernel.intake.owner import Owner, owner_of
from kernel.intake.stages import (
    COMPULSORY,
    ELEMENTARY,
    HIGH,
    JUNIOR,
    SECONDARY,
    SPECIAL,
    TECHNICAL,
    UNIVERSITY,
    VOCATIONAL,
)

_LONGEST = 16
_SUFFIX = re.compile(
    r"(?P<special>(?:高等)?(?:特別)?支援学校|(?:高等)?養護学校|盲学校|聾学校|ろう学校)|(?P<compulsory>義務教育学校)"
    r"|(?P<secondary>中等教育学校)|(?P<technical>高等専門学校|高専)|(?P<vocational>専門学校)"
    r"|(?P<high>高等学校|高校(?!生))|(?P<junior>中学校|中学(?!生|部))|(?P<elementary>小学校|小学(?!生|部))"
    r"|(?P<university>大学(?!附属|付属|院|生|受験|入試)|短大)"
    r"|(?P<campus>(?:学園|学院)(?:(?:高|中|初)等部)?(?!祭|生活|もの|物|ドラマ|都市|系|内|長|ラブ))"
    r"|(?P<short>[小中高])(?=$|[\s、。,.!?()」』・/]|です|でーす|だ|で(?!も)|に(?!な)|の|は|から|へ|って|も|と|が|通って|通い|通う|行って"
    r"|[1-6一二三](?:年|(?![0-9人回番位つ個本点日時分%]))|生(?!活)|出身|在)"
)
_TYPES = {
    "special": SPECIAL,
    "compulsory": COMPULSORY,
    "secondary": SECONDARY,
    "technical": TECHNICAL,
    "vocational": VOCATIONAL,
    "high": HIGH,
    "junior": JUNIOR,
    "elementary": ELEMENTARY,
    "university": UNIVERSITY,
    "小": ELEMENTARY,
    "中": JUNIOR,
    "高": HIGH,
}
_MASKS = "○◯〇△▲□■☆★×●◎▽▼◇◆*"
_RUN = re.compile(rf"(?:[一-龥々〆ヶヵァ-ヴーa-z{_MASKS}]|第[0-9]{{1,2}})+")
_PART_HIRAGANA = re.compile(r"[ぁ-んー]+$")

# Words that a run of kanji may begin with and that belong to the sentence, not to a name (今治, 明日香 stay whole).
_SENTENCE_WORDS = re.compile(
    r"(?:昔|むかし|一昨日|昨日|今日|明日(?!香)|明後日|毎日|毎朝|毎週|今朝|昨夜|先日|先週|今週|来週|先月|今月|来月|去年|昨年|今年|来年|現在|最近|以前|当時"
    r"|今(?=第|公|私|通|高|中学|市立|県|都立|[○◯〇△])|私達|私(?!立)|僕達|僕|俺|自分|当方|友達|友人|親友|妹(?!背)|弟(?!子屈)|兄|姉(?!崎)|息子|娘|子供"
    r"|彼氏|彼女|先輩|後輩|学校名|学校|校名|名前|氏名|所属|在籍|在学|出身|母校|通学先|転校先|歳|才|年生|年(?=第|[○◯〇△])|元(?=[私公第○◯〇△]))+"
)
_GENERIC = re.compile(
    r"(?:公立|私立|市立|県立|都立|道立|府立|区立|町立|村立|国立|組合立|国公立|地元|近所|普通科?|進学校?|通信制?|定時制?|全日制?|単位制|夜間|昼間|昼|夜"
    r"|工業|商業|農業|水産|看護科?|家政|総合|女子|男子|女|男|共学|附属|付属|一貫|中高|小中|小|中|高等?|中等|初等|新設|現地|日本人?|海外|全国|全員|幼稚園|保育園"
    r"|他|別|隣|同|某|母|全|各|両|次|新|旧|元|現役?|志望|第[一二三1-3](?:志望|希望)|希望|併願|出身|在籍|在校|学区内?|学区外|偏差値|名門|有名|底辺|難関|田舎|都会"
    r"|[都県市道府区町村][内外]|受験|不登校|転校先|進学先|通学先|支援級|特別|支援|養護|視覚|聴覚|知的|肢体不自由|病弱|特進|芸能|専門|美術|音楽|体育|芸術|理系|文系|医療系?"
    r"|福祉系?|美容|調理|部活|卒業|義務教育|超|中堅|自称|マンモス|オンライン|ネット|フリー|サポート|インター|スポーツ|ヤンキー|クラス|大学?|未来|理想|前|後|上|下|学校|学年|年生|年|組|校)*"
)
# Single 中, 高 and 小 also mean 'during', 'high' and 'small': after these they are never a school.
_NEVER_SCHOOL = re.compile(
    r"(?:授業|休憩|休業|休み|夏休|冬休|春休|連休|休|日|年|夜|途|夢|最|心|熱|食事?|勉強|通話|部活|テスト|試験|受験|院|在学|停学|休学|退学|留学|登校|下校|通学|世界?|身?体"
    r"|全身|背|空|水|的|命|喪|連|集|車|進行|工事|移動|電話|会議|ゲーム|配信|放送|謹慎|自粛|睡眠|練習|試合|旅行|妊娠|病気|治療|相談|悩|話|準備|開催|募集|発売|営業|使用|修理|療養"
    r"|家庭?|街|国|学校|校|クラス|教室|仕事|作業|運転|飲酒|反省|検討|考|喧嘩|[既未]読|残|円|極|弱|過|身長|標|座|値|割|崇|孤|至|株|物価|血圧|体温|意識|年収|学歴|気|声|名|テンション"
    r"|プライド|誇|dm|ok|sns|pc|週|月|時|分|人|回|点|個|部|級|生|員|系|民|者|歴|勢|児|性|役|通)$"
)
# Cores that are schools' names by their shape: 第一, 北, 城北, ○○, N.
_SHAPE = re.compile(
    rf".*[市町村区県都道府国私]立.+|.*第[0-9一二三四五六七八九十]{{1,2}}|.*[{_MASKS}]+|[a-z]|xx+|.*[東西南北]|.*中央|.*[附付]属|[一二三四五六七八九十]{{1,2}}"
    r"|.+(?:[丘台]|[ヶケが][原岡崎谷浜丘]|工業|商業|農業|学園|学院|総合|高等|国際)"
)
_KANJI_ONLY = re.compile(r"[一-龥々ヶ]{1,5}")
_ATTENDED = re.compile(
    r"(?:に(?:は|も)?)?今?(?:通|在)|の[0-9一二三]年|の生徒です|生(?:です|だ)|に(?:は|も)?(?:い|行)って(?:い)?[るま]|[1-6一二三]年"
)
_AT_HOME = re.compile(r"です|だよ|の[1-3]年|に通")

# 「みどり中の3年です」 at the beginning, not 「やすみ中の」.
_A_YEAR_THERE = re.compile(r"の?[1-3一二三]年生?(?=です|だ|の|なん|$|[、。 ])")
_HIRAGANA = re.compile(r"[ぁ-んー]+")
_ACTIVITY = re.compile(
    r"お?(?:やすみ|しごと|べんきょう|じゅぎょう|れんしゅう|うんどう|いちにち|いちねん|せかい|よ|む|と)"
)
_ANNOUNCED = re.compile(r"学校名?(?:は|:)$")

_PLACES_IN_HIRAGANA = re.compile(
    r"(?:さいたま|つくば|いわき|ひたちなか|うるま|かすみがうら|ふじみ|みやま|にかほ|むつ|さぬき|あきる|つがる|いすみ|あわら|たつの|えびの|うきは|みよし|いちき)$"
)
# A word in hiragana that stands alone before 中学校 may be a name (さくら), unless it is one of these or ends as a verb.
_NO_NAME = re.compile(
    r"(?:いま|わたし|うち|おなじ|となり|じぶん|きょう|きのう|やっぱ|やっぱり|たぶん|ぼく|おれ|ほか|どこか|しりつ|けんりつ|えっと|まだ|です|ます|でも|けど|なんか|ただ|ちゃん|くん|さん|ども"
    r"|とか|ので|から"
    r"|[はがをにでとものるたいうくすてねよかれけなあせっへだんぱら](?<!さくら)(?<!くすのき)(?<!はるな)(?<!やよい)(?<!あおい)|みんな)$"
)
_NOT_THERE = re.compile(
    r"(?:の方|のほう|とか|って)?(?:に|へ|を|は|が|の|も|が第.志望|とか)?(?:通いた|行きた|いきた|行こう|行け|進学|進み|受け|受験|入試|受か|落ち|落と|合格|志望|目指|入りた|入れ|見学|選"
    r"|決め|編入した|転校する|転校した|説明会|文化祭|卒業|と試合|出身|(?:通|かよ|行|い)って(?:い)?(?:た|まし(?!て))|(?:通|かよ)って(?:い)?な)"
)
_WISHED = re.compile(
    r"(?:志望校?|第.志望|希望|目標|行きたいの|行きたい高校|進学先|受験校|母校|出身校?|前の学校|前)(?:は|が|:|、|に)+$"
)
_SOMEBODY_THERE = re.compile(
    r"の(?:人|ひと|子|やつ|奴|先輩|後輩|友達|友だち|友人|知り合い|男子|女子|彼氏|彼女|男|女|不良|ヤンキー|生徒)(?!です|だ[^ち]|なん)"
)
_ANSWER_LEFT = re.compile(
    r"(?:.*(?:間違え(?:た|まし?た)|まちがえた|じゃなく?て)[、。 …]*)?(?:学校(?:名)?は|えっと|名前は|今は|いまは|[\s、。:])*$"
)
_ANSWER_RIGHT = re.compile(
    r"(?:(?:って(?:いう|ゆう|言う)?(?:とこ(?:ろ)?|学校))?(?:です|でーす|っす|だよ|だ|なんだけど)?|に通ってます|に通っています|に通ってる|に行ってます|の生徒です|[。!\s])*$"
)


@dataclass(frozen=True)
class SchoolName:
    """A school's name at text[start:end] of the normalised text, the type that its end tells, and whose school it is."""

    start: int
    end: int
    school_type: str | None
    owner: Owner


def find_school_names(text: str, folded: str, *, asked: bool) -> list[SchoolName]:
    """Return the names of schools that somebody attends.

    Args:
        text: the normalised message, katakana kept (names are told by their script).
        folded: the same in hiragana, of the same length.
        asked: whether the school was just asked for; then a short answer (緑中) is enough.
    """
    found: list[SchoolName] = []
    for match in _SUFFIX.finditer(text):
        start, end = _name_start(text, match, asked=asked), match.end()
        if start == match.start():
            continue
        answer = asked and bool(_ANSWER_LEFT.match(text[:start]) and _ANSWER_RIGHT.match(text, end))
        if not _looks_like_a_name(text, start, match, answer=answer):
            continue
        if _NOT_THERE.match(text, end) or _SOMEBODY_THERE.match(text, end):
            continue
        if _WISHED.search(text, max(0, start - 12), start):
            continue
        school_type = _TYPES.get(match["short"] or match.lastgroup or "")
        if found and found[-1].end > start:
            found.pop()  # ○○学園 + 高校, ○○大学 + 附属中学校: the longer one is the name
        found.append(SchoolName(start, end, school_type, owner_of(folded, start, end, acts=False)))
    return found


def _name_start(text: str, match: re.Match[str], *, asked: bool) -> int:
    """Return where the name before a suffix begins; where the suffix itself begins if there is none."""
    suffix = match.start()
    start = _run_start(text, suffix)
    words = _SENTENCE_WORDS.match(text, start)
    if words:
        return min(words.end(), suffix)
    if start == suffix:
        certain = asked or match["short"] is None or _A_YEAR_THERE.match(text, match.end())
        return _hiragana_name(text, suffix) if certain else suffix
    joint = text[start - 1 : start + 1]
    if (
        joint[:1] == "が"
        and joint[1:] in tuple("丘岡原谷浜崎")
        or joint[:1] == "の"
        and joint[1:] in tuple("宮杜森里出")
    ):
        # ひばりが丘, 一の宮: the particle belongs to the name
        further = _run_start(text, start - 1)
        if further < start - 1:
            return further
        kana = _PART_HIRAGANA.search(text, max(0, start - 5), start - 1)
        return kana.start() if kana else start
    if text[start] in "台丘野原谷浜第":
        return _hiragana_name(text, start)  # ひばり台; where no name in hiragana stands before, `start` itself
    place = _PLACES_IN_HIRAGANA.search(text, max(0, start - 7), start)
    return place.start() if place else start


def _run_start(text: str, end: int) -> int:
    """Return where the run of name characters that ends at `end` begins, at most _LONGEST characters before."""
    start = end
    for match in _RUN.finditer(text, max(0, end - _LONGEST), end):
        start = match.start() if match.end() == end else end
    return start


def _hiragana_name(text: str, suffix: int) -> int:
    """Return where a name in hiragana (さくら中学校) begins: a word of its own, after a sign, a particle or nothing."""
    kana = _PART_HIRAGANA.search(text, max(0, suffix - 8), suffix)
    if kana is None:
        return suffix
    start = kana.start()
    for particle in ("は", "が", "も", "を"):
        cut = text.rfind(particle, start, suffix - 2) + 1
        start = max(start, cut)
    before = text[start - 1] if start else " "
    fits = 2 <= suffix - start <= 6 and (before in " 、。:「『(\n/はがもを" or start == 0)
    return start if fits and not _NO_NAME.search(text, start, suffix) else suffix


def _looks_like_a_name(text: str, start: int, match: re.Match[str], *, answer: bool) -> bool:
    core = text[start : match.start()]
    if start == 0 and _HIRAGANA.fullmatch(core) and _A_YEAR_THERE.match(text, match.end()):
        return not _ACTIVITY.fullmatch(core)
    # The y of 「14y中2」 is a unit, the A of 「A中」 a name.
    unit = len(core) == 1 and core.isascii() and text[max(0, start - 1) : start].isdecimal()
    if unit or _GENERIC.fullmatch(core):
        return False
    if match["short"] is None or answer:
        return True
    if _NEVER_SCHOOL.search(core):
        return False
    if _SHAPE.fullmatch(core):
        return True
    if not _KANJI_ONLY.fullmatch(core):
        return False
    if _ANNOUNCED.search(text, max(0, start - 6), start):
        return True
    return bool(_ATTENDED.match(text, match.end()) or (match["short"] == "高" and _AT_HOME.match(text, match.end())))
