"""Whole grades and bare school years: 中2, 中二, こうに, chu2, JK1, LJK; 2年生, 学年: 6.

Forms that name the school in full (中学2年, 高等部1年) are read in `school_type`.
"""

from __future__ import annotations

import re

from kernel.intake.mention import Mention
from kernel.intake.numbers import number
from kernel.intake.owner import owner_of
from kernel.intake.stages import stage_grade, type_of_grade

# A number before one of these counts something else: 中1日, 高3つ, 小1時間.
COUNTERS = (
    "人|日|時(?![々折])|分|点|回|番|位|つ|個|本|枚|冊|校|階|度|円|割|倍|種|名|週|ヶ|か月|ヵ|ヶ月|k|cm|月|杯|歳|才|さい|問|件|世|曲|話|戦"
    "|着|得|対|%|万|千|百|匹|台|席|丁|組|角|郎|重|泊|食|科"
)
# 年 as a school year: not 3年間, 2年前, 1年中, 5年くらい.
YEAR_END = (
    r"(?:年次|年生|年(?!間|前|後|ぶり|目|以|中|も|ほど|くらい|ぐらい|ちか|近|経|た[つっ]|連|[0-9]*か月|代|越|ずっと|留)"
    r"|ねんせい|ねん(?!か|も|ま))"
)
KANA_DIGIT = "いち|に|さん|よん|ご|ろく"

_SHORT = re.compile(
    r"(?P<stage>小|中|高|厨)[ ・]?(?P<num>[1-6](?![0-9.:])|[一二三四五六](?![一二三四五六七八九十貫])|いち(?![ぁ-ん])|いち(?=です|だ|の)|(?:に|さん)(?=です|だよ|だけど|なんだ|なんで)|(?:i{1,3}"
    r"|iv|vi?)(?![a-z]))"
    rf"(?:{YEAR_END}|(?!年|{COUNTERS}))"
)
# 授業中2回, 10人中3位, 最高1点: here 中, 高 and 小 belong to the word before.
_WITHIN_A_WORD = re.compile(
    r"(?:授業|休憩|休業|(?:一|1|終|休|平|数|[0-9])日|(?:一|[0-9])年|夜|途|夢|最|心|熱|食事|勉強|通話|部活|てすと|試験|入院"
    r"|通院|在学|停学|休学|連休|休み|世の|世界|世|体|背|空|水|的|命|喪|進行|工事|移動|電話|会議|げーむ|配信|謹慎|自粛|睡眠"
    r"|練習|試合|(?<!不)登校|下校|旅行|妊娠|病気|治療|[0-9一二三四五六七八九十](?:人|回|点|問|個|枚|校|組|名|件)"
    r"|最|残|円|大|縮|極|弱|身長|小|中)$"
)
_KANA = re.compile(
    r"(?:(?<![ぁ-んーa-z])|(?<=[ぁ-ん]は)|(?<=いま)|(?<=ぼく)|(?<=おれ))"
    rf"(?P<stage>しょう|ちゅー|ちゅう|ちう|こー|こう)(?P<num>{KANA_DIGIT}|[1-6](?![0-9]))"
    rf"(?:{YEAR_END})?(?=$|[\s、。,.!?/・()「」♀♂wー〜~笑]|です|でーす|だよ|だけ|だ[。、わし]|なん|やで|やけ|やし|やねん|っす"
    r"|に?な[りっ]|女|男|でした|だった|のとき|の(?:女|男|おん|おとこ|娘|息子|妹|弟|先輩|友))"
)
_KANA_STAGE = {"し": "小", "ち": "中", "こ": "高"}
_ROMAN = re.compile(
    r"(?<![a-z])(?P<stage>shou|sho|syou|syo|chuu|chu|tyuu|tyu|koukou|kou)[ -]?(?P<num>[1-6]|ichi|ni|san|yon|go|roku)"
    r"(?:年生?)?(?![a-z0-9])"
)
_ROMAN_NUMBERS = {"ichi": 1, "ni": 2, "san": 3, "yon": 4, "go": 5, "roku": 6}
# JS, JC, JK and DS, DC, DK: girl or boy of 小, 中, 高; with a year behind or F(irst), S(econd), L(ast) before.
_SLANG = re.compile(
    r"(?<![a-z0-9])(?P<first>[fsl])?[jd](?P<stage>[sck])(?:[ の-]?(?P<num>[1-6])(?:年生?)?)?(?![a-z0-9])"
)
_SLANG_STAGE = {"s": "小", "c": "中", "k": "高"}
_SLANG_YEAR = {"f": 1, "s": 2, "l": 3}
_SLANG_SAYS_SO = re.compile(r"(?:です|でーす|だ(?!っ)|で(?!き)|なん|なの|やで|やけ|やって|$|[\s、。!♀♂(])")
_ONCE = re.compile(r"(?:元|もと|ex-?)$")

# How long somebody is at a school, behind its name: 高校2年目, 中学最後の年, 中学に上がったばかり.
_COURSE = re.compile(
    r"(?:生)?(?:生活)?(?:(?:に|へ)?(?:入って|入学して|通って|なって|は|も|の|で)?(?:もう|今年で|今)?(?P<year>[1-6一二三四五六])年目"
    r"|(?P<last>(?:の|で|も)?(?:最後の(?:年|1年|一年|学年)|最高学年|最終学年|一番上の学年)(?=なの|です(?!か)|だ(?!った)|を|なん|に|で|$|[、。]))"
    r"|(?:に|へ)?(?:は)?(?:入学?し?|上が|あが|進学し|は(?:い)|にな)(?:っ)?たばっ?か|(?:に)?(?:入り|なり|入学した?)たて)"
)
_YEAR = re.compile(
    rf"(?P<num>(?<![0-9.])[1-9]|(?<![一二三四五六七八九十])[一二三四五六七八九])(?P<end>{YEAR_END})"
    rf"|(?<![ぁ-ん])(?P<kana>{KANA_DIGIT})ねんせい"
    rf"|学年(?:は|:|=|が| )*(?P<label>[1-9]|[一二三四五六七八九])(?![0-9]|年|{COUNTERS})(?:ねん)?"
)
# What has to follow a plain 「2年」 to make it a school year.
_YEAR_TAIL = re.compile(
    r"[ -]?[0-9一二三四五六七八]{1,2}組|です|でーす|だよ|だけど|だ$|なん|やで|$|[\s、。,/!・()♀♂]|女|男|の(?:女|男|[小中高]|[jd][sck]|生徒|児童|担任)"
)


def find_grades(text: str) -> list[Mention]:
    """Return the short forms of grades in a text that is normalised and folded to hiragana."""
    found: list[Mention] = []
    for match in _SHORT.finditer(text):
        stage = match["stage"].replace("厨", "中")
        grade = stage_grade(stage, number(match["num"]) or 0)
        if grade and not _WITHIN_A_WORD.search(text, max(0, match.start() - 6), match.start()):
            found.append(_mention(text, match.start(), match.end(), grade))
    for match in _KANA.finditer(text):
        grade = stage_grade(_KANA_STAGE[match["stage"][0]], number(match["num"]) or 0)
        if grade:
            found.append(_mention(text, match.start(), match.end(), grade))
    for match in _ROMAN.finditer(text):
        stage = {"s": "小", "c": "中", "t": "中", "k": "高"}[match["stage"][0]]
        grade = stage_grade(stage, _ROMAN_NUMBERS.get(match["num"]) or int(match["num"]))
        if grade:
            found.append(_mention(text, match.start(), match.end(), grade))
    found.extend(_slang(text))
    return found


def _slang(text: str) -> list[Mention]:
    found = []
    for match in _SLANG.finditer(text):
        stage = _SLANG_STAGE[match["stage"]]
        year = int(match["num"]) if match["num"] else _SLANG_YEAR.get(match["first"] or "")
        if year is not None:
            grade = stage_grade(stage, year)
            if grade:
                found.append(_mention(text, match.start(), match.end(), grade))
        elif _SLANG_SAYS_SO.match(text, match.end()) and not _ONCE.search(text, 0, match.start()):
            owner = owner_of(text, match.start(), match.end())
            found.append(Mention(match.start(), match.end(), owner, school_type=type_of_grade(f"{stage}1")))
    return found


def _mention(text: str, start: int, end: int, grade: str) -> Mention:
    return Mention(start, end, owner_of(text, start, end), grade=grade)


def find_years(text: str) -> list[Mention]:
    """Return school years whose school is not said at their place: 2年生, 2年1組, 学年: 6."""
    found = []
    for match in _YEAR.finditer(text):
        year = number(match["num"] or match["kana"] or match["label"])
        sure = match["end"] is None or len(match["end"]) > 1 and match["end"] != "ねん"
        tail = _YEAR_TAIL.match(text, match.end())
        if year is None or not (sure or tail):
            continue
        sure = sure or (tail is not None and tail.group().endswith("組"))
        found.append(
            Mention(match.start(), match.end(), owner_of(text, match.start(), match.end()), year=year, sure_year=sure)
        )
    return found


def year_of_course(text: str, end: int, *, last: int | None) -> tuple[int, int] | None:
    """Return the year of school that the words behind a school tell and where they end.

    Args:
        text: the whole message.
        end: where the word for the school ends.
        last: the last year of that school, where it has one.
    """
    course = _COURSE.match(text, end)
    if course is None:
        return None
    year = number(course["year"]) if course["year"] else last if course["last"] else 1
    return (year, course.end()) if year else None
