"""School types, with or without a year: 中学2年, 高等部1年, 高校生です, 定時制, 中卒.

A school that is only talked about (高校行けますか, 中学のとき, 高校生の姉) is not the writer's.
"""

from __future__ import annotations

import re

from kernel.intake.grade import COUNTERS, KANA_DIGIT, YEAR_END
from kernel.intake.mention import Mention
from kernel.intake.numbers import ARABIC, KANJI, number
from kernel.intake.owner import Owner, owner_of
from kernel.intake.stages import (
    COMPULSORY,
    ELEMENTARY,
    ELSEWHERE,
    HIGH,
    JUNIOR,
    SECONDARY,
    SPECIAL,
    TECHNICAL,
    UNIVERSITY,
    VOCATIONAL,
    grade_of,
)

# Longer names first: 中等教育学校 holds 中, 高等専門学校 holds 高等.
_TYPES: tuple[tuple[str, str, str], ...] = (
    (
        "special",
        r"高等?(?:特別)?支援学校|高等養護学校|特別支援学校|支援学校|養護学校|盲学校|(?:ろう|聾)学校|特支(?!援)",
        SPECIAL,
    ),
    ("compulsory", r"義務教育学校|義務教育(?=の?[1-9]年)", COMPULSORY),
    ("secondary", r"中等教育学校|中等教育|中等(?=の?[1-6]年)", SECONDARY),
    ("technical", r"高等専門学校|高専", TECHNICAL),
    ("vocational", r"専門学校|専門学|専門(?=の?[1-4]年|生)|専修学校|看護学校|美容学校", VOCATIONAL),
    (
        "university",
        r"大学院|(?<!病)(?<!寺)院生(?=です)|短期大学|短大|大学(?!の?附属|の?付属)|女子大(?=生)|だいがく",
        UNIVERSITY,
    ),
    ("elementary", r"小学校|小学部|初等部|小学|しょうがっこう|しょうがく", ELEMENTARY),
    ("junior", r"中学校|中学部|中等部|中学|ちゅうがっこう|ちゅうがく|厨房(?=です|だ|の[1-3])|ちゅうぼう|中坊", JUNIOR),
    (
        "high",
        (
            r"高等学校|女子高(?=生|です|に通)|男子高(?=生)|高等部|高校|こうこう(?!と)"
            r"|定時制(?:の?高校)?|定時(?=の?[1-4]年)|通信制(?:の?高校)?|通信(?=高校|生(?!活)|の?[1-3]年)|全日制"
        ),
        HIGH,
    ),
)
_TYPE = re.compile("|".join(f"(?P<{name}>{words})" for name, words, _ in _TYPES))
_TYPE_OF = {name: school_type for name, _, school_type in _TYPES}
_PART = re.compile(r"(?:の|に通う|に通ってる|・| )?(?P<part>小学部|中学部|高等部|前期(?:課程)?|後期(?:課程)?)")
_GAP = r"(?P<gap>(?:生|せい|校)?(?:の|で|は|、|,|・|:|\(| |に通う|に通ってる|に通っている|(?:の|の?[^\s、。はがをにで0-9]{1,6})科の?){0,2})"
_YEAR = re.compile(
    rf"{_GAP}(?:(?P<num>{ARABIC}|{KANJI}|{KANA_DIGIT})(?P<end>{YEAR_END})"
    rf"|(?P<bare>[1-9]|[一二三四五六](?=$|です|年))(?![0-9:.]|年|{COUNTERS})(?=$|です|だよ|だけど|なん|[\s、。,/()!♀♂]|女|男))"
)
_CLOSE_GAPS = frozenset({"", "の", "生", "生の", "校", "校の", " ", "・", "生 ", "校 ", "せい"})
_TAIL = re.compile(r"です|だよ|だけど|だ$|なん|$|[\s、。,/!()♀♂]|女|男|の(?:女|男)|[ -]?[0-9]{1,2}組")

_STUDENT = re.compile(r"(?:学)?生(?!活|徒会|ま|物|理)|せい(?!かつ|ふ|と)|校生(?!活)|(?:学校|校)?の?生徒")
_IS_STUDENT = re.compile(
    r"(?:です|でーす|だ(?!と思|った)|で(?!き)|なん|なの|やで|やけ|やねん|や$|$|[\s。!、,/♀♂()]|に?なり(?:ま|たて)|に?なった(?!ら|とき)"
    r"|女|男|の(?:女|男)(?:子|の子)?(?:です|だ|$|[。、])|の(?:私|僕|俺|自分|わたし)|の?1?[0-9](?:歳|才|です|$)|にも?なって|じゃ(?:け|$)|やって|して(?:い)?[るま])"
)
_IS_SCHOOL = re.compile(
    r"(?:です|でーす|だ(?=[。、!けかし\s]|よ|わ|$)|でし(?=[、。 ]|$)|なん(?:です|だ)|なの(?!か)|やで|やけ|やねん"
    r"|に(?:は|も)?(?:今|いま)?(?:通|かよ)(?!って(?:い)?(?:な|ま?せん|ません)|え(?:な|て(?:い)?な|ま?せん|ません))|に(?:は|も)?(?:行|い)って(?:い)?[るま]|(?:通|かよ|行)って(?:い)?[るま]|(?:に|へ)?(?:行|い)(?:きたくな|けてな"
    r"|けな[いく])"
    r"|に?(?:入|はい)(?:って|学し)|に(?:上|あ)がって|に在|在学|在籍|の[小中高](?:[1-6一二三四五六]|学|等)|女子|男子|の(?:女|男)(?:子|の子)?(?:です|だ|$|[。、])"
    r"|[♀♂]|(?:女|男)(?:です|$))"
)
_SCHOOL_LIFE = re.compile(
    r"(?:の(?:部活|授業|担任|くらす|先生|宿題|課題|てすと|寮|校則|制服|勉強|人間関係|教室)(?![^。]{0,8}(?:になりた|でした|だった|ました))"
    r"|(?:が|は|を|も)?(?:つら|辛|しんど|嫌(?:で|だ|に)|楽しくな|つまら|やめたい|辞めたい|休みがち)"
    r"|で[^。、\s]{1,12}て(?:い)?(?:ます|る(?!時|とき)))"
)
# Alone at an end: the answer 「中学校」, 「学校は県立高校」, but not 「行きたい高校」.
_ALONE = re.compile(r"$|[。、!/()]|[ ](?![^\s]*(?:受験|入試|進学))")
_ALONE_LEFT = re.compile(r"(?:^|[\s、。/(:]|は|[一-龥○◯〇△□■●×a-z](?<!志望)(?<!希望))$")
_NOT_THERE = re.compile(
    r"(?:生活?)?(?:に|へ|を|は|の|も|って|とか)?(?:通いた|行きた[いく](?!な)|いきたい|行こう|行け(?:ます|る|ば)|いけ(?:ます|る)|進学|進み|受け|受験|入試|受か|落ち|合格"
    r"|志望|目指|入りた|入れ(?:ます|る|な)|見学|選び|選ぶ|決め|編入|転校した|説明会|中退|退学|やめ(?:た(?!い)|て|まし)|辞め(?:た(?!い)|て|まし)|浪人|卒業)"
)
_WISHED = re.compile(r"(?:志望校?|希望|目標|進学先|受験校|行きたいの)(?:は|が|:)[^。\n]{0,10}$")
_LEFT_SCHOOL = re.compile(
    r"中卒(?=です|で(?!も)|だ(?!と)|[\s、。,0-9]|の(?:[0-9]|男|女)|$)|高卒(?=です|で働|[\s、。,0-9]|$)"
    r"|(?:(?:高校|中学|大学|学校)(?:を|は|も)?(?:途中で)?)?(?:中退|退学)(?:し(?:て|た(?!い|ら|方|く)|まし)|です|者|済|、|。| |$|になりまし|になっ)"
    r"|(?:高校|学校)(?:を|は|も)?(?:もう|去年|今年|先月|途中で|春に|夏に)?(?:やめ|辞め)(?:(?:ちゃ|てしま)?(?:た(?!い|ら|方|ほう|く)|って|て|まし|い(?:た|まし)))"
    r"|(?:宅浪|予備校生)|浪人(?:生|中|して(?:い)?[るま]|です|し(?:た(?!く|い)|て)|[\s、。]|$)|[一二1-3]浪(?:中|目|です|して|[\s、。]|$)"
    r"|(?:ふりーたー|にーと|会社員|無職|社会人)(?:です|だ(?!と)|で[、す]|$|の?[0-9男女])"
    r"|ふりーすくーる(?:です|に(?:通|行)|生|$)|いんたー(?:なしょなる)?(?:すくーる)?(?:です|に通|$)"
    r"|(?:中学|高校)(?:校)?(?:を|は)?卒業し(?:て(?:から|、|い|る|働|す)|まし|た(?!い|ら|後))"
)


_IN_THE_PAST = re.compile(r"(?:去年|昨年|おととし|一昨年|先月|先週|[0-9]年前)(?:に|の春に?)?$")
_OUR = re.compile(r"(?:うち|私|わたし|僕|ぼく|俺|おれ|自分)(?:たち|達|ら)?の$")


def find_school_types(text: str) -> list[Mention]:
    """Return the school types in a text that is normalised and folded to hiragana; with their grades where said."""
    found = []
    match = _TYPE.search(text)
    while match is not None:
        school_type = _TYPE_OF[match.lastgroup or ""]
        mention = _with_year(text, match, school_type) or _alone(text, match, school_type)
        if mention is not None:
            found.append(mention)
        # From the end of the mention: the 中学部 of a 特別支援学校 is no 中学校.
        match = _TYPE.search(text, mention.end if mention is not None else match.end())
    for match in _LEFT_SCHOOL.finditer(text):
        owner = owner_of(text, match.start(), match.end(), acts=False)
        if owner is Owner.NOBODY and _IN_THE_PAST.search(text, max(0, match.start() - 6), match.start()):
            owner = Owner.UNSAID  # who left school last year is out of it now
        found.append(Mention(match.start(), match.end(), owner, school_type=ELSEWHERE))
    return found


def _with_year(text: str, match: re.Match[str], school_type: str) -> Mention | None:
    word = match.group()
    part_match = _PART.match(text, match.end()) if school_type in (SPECIAL, COMPULSORY, SECONDARY) else None
    part = (
        part_match["part"] if part_match else ("高等部" if school_type == SPECIAL and word.startswith("高等") else "")
    )
    year = _YEAR.match(text, part_match.end() if part_match else match.end())
    if year is None:
        return None
    if year["gap"] not in _CLOSE_GAPS:
        # 「高校で1年休んだ」 is no grade, 「高校、1年です」 is one.
        plain = year["bare"] is not None or year["end"] in ("年", "ねん")
        if plain and not _TAIL.match(text, year.end()):
            return None
    value = number(year["num"] or year["bare"]) or 0
    grade = grade_of(school_type, value, part)
    if grade is None and value == 4 and word.startswith(("定時", "通信")):
        grade = "高4"  # part-time and correspondence courses may take four years
    if grade is None and school_type not in (SPECIAL, UNIVERSITY, VOCATIONAL):
        return None
    owner = owner_of(text, match.start(), year.end())
    return Mention(match.start(), year.end(), owner, grade=grade, school_type=school_type)


def _alone(text: str, match: re.Match[str], school_type: str) -> Mention | None:
    start, end = match.span()
    part = _PART.match(text, end) if school_type in (SPECIAL, COMPULSORY, SECONDARY) else None
    student = _STUDENT.match(text, part.end() if part else end)
    end = student.end() if student else part.end() if part else end
    if _NOT_THERE.match(text, end) or _WISHED.search(text, max(0, start - 16), start):
        return None
    owner = owner_of(text, start, end, acts=False)
    if owner in (Owner.WRITER, Owner.UNSAID) and not _is_own(text, start, end, student is not None):
        return None
    return Mention(start, end, owner, school_type=school_type)


def _is_own(text: str, start: int, end: int, student: bool) -> bool:
    if student:
        return _IS_STUDENT.match(text, end) is not None
    if _OUR.search(text, max(0, start - 6), start):
        return True
    if _IS_SCHOOL.match(text, end) or _SCHOOL_LIFE.match(text, end):
        return True
    return bool(_ALONE.match(text, end) and _ALONE_LEFT.search(text, max(0, start - 4), start))
