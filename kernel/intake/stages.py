"""The canonical school types and grades, the words for them, and how years of school, types and ages go together."""

from __future__ import annotations

ELEMENTARY = "小学校"
JUNIOR = "中学校"
HIGH = "高校"
COMPULSORY = "義務教育学校"
SECONDARY = "中等教育学校"
SPECIAL = "特別支援学校"
TECHNICAL = "高専"
VOCATIONAL = "専門学校"
UNIVERSITY = "大学"
ELSEWHERE = "その他"

_VISIT = r"(?=(?:に|へ|も|は)*(?:今は?)?(?:通[いうっ]|かよ|行っ|いっ|入[っり学]|はいっ|転校|転入|編入|移[っり]|在籍))"
_END = r"(?=です|だ(?!と)|なん|の[1-6一二三四五六]|に通|生(?!活|徒会)|$|[、。/ ])"
# Longer names first: 中等教育学校 holds 中, 高等専門学校 holds 高等.
#: Name of the group, words as a regular expression over text folded to hiragana, canonical type.
TYPE_WORDS: tuple[tuple[str, str, str], ...] = (
    (
        "special",
        r"高等?(?:特別)?支援(?:学校|高校)|特別支援高校|支援高校|高等支援|特別支援(?=の(?:高等|中学|小学)部)|高等養護学校|特別支援学校|支援学校|養護学校|盲学校|(?:ろう|聾)学校|特支(?!援)",
        SPECIAL,
    ),
    ("compulsory", r"義務教育学校|義務教育(?=の?[1-9]年)", COMPULSORY),
    (
        "secondary",
        rf"中等教育学校|中高一貫校?(?=の?[4-6四五六]年)|中等教育|中等(?=の?[1-6]年|の(?:寮|授業|担任|部活))|中等(?!部|度|症){_VISIT}",
        SECONDARY,
    ),
    ("technical", r"高等専門学校|高専|こうせん(?=の?[1-5](?:年|ねん))", TECHNICAL),
    (
        "vocational",
        (
            rf"専門学校|専門学(?=生|校|です)|専門(?=の(?:実習|授業|課題|学費)|っす|の?[1-4]年|生|の学校|を?(?:やめ|辞め|中退|卒業|休学|休んで))|専門{_VISIT}|(?<![がは一-龥])専門(?=です|なん)"
            r"|専修学校|看護学校|美容学校|調理学校|服飾学校|職業訓練校"
        ),
        VOCATIONAL,
    ),
    (
        "university",
        (
            r"大学院|(?<![一-龥])(?!最|巨|拡|莫|膨)[一-龥]{1,2}大(?=の[1-4]年)|(?<!病)(?<!寺)院生(?=です|なん|で、)|短期大学|短大(?!じゃな|ではな)|四大(?!陸|文明|行|元)|4大(?=$|です|生|の|に)|四年制(?:大学)?|(?:大学の?)?(?<![0-9])[1-6一二三四]回生|大学(?!の?附属|の?付属|病院)|女子大(?=生|に|の|で|$)|だいがく"
            r"|(?:(?<![一-龥0-9a-z])|(?<=今)|(?<=在))大[1-4一二三四](?=です|だ|なん|で[、す]|の|っす|や|女|男|年|$|[ 、。/])"
        ),
        UNIVERSITY,
    ),
    (
        "elementary",
        rf"小学校|小学部|初等部|小学|しょうがっこう|しょうがく|(?:公|私|市|町|村|区|国)立小{_END}",
        ELEMENTARY,
    ),
    (
        "junior",
        (
            r"中学校|中学部|中等部|中学|ちゅうがっこう|ちゅうがく|厨房(?=です|だ|の[1-3])|ちゅうぼう|中坊"
            rf"|(?:公|私|市|町|村|区|国|県|都)立中(?!高){_END}|(?:附属|付属|地元)(?:の(?:公|私|市|町|村|区|県)立)?中{_END}"
        ),
        JUNIOR,
    ),
    (
        "high",
        (
            r"高等学校|(?:女子|男子)高(?=生|です|に通|なん|の|で|$|[、。/ ])|高等部|高校|こうこう(?!と)|こーこー|さぽーと校(?=です|の?[1-3]年|に(?:通|行|い))"
            rf"|(?:公|私|市|国|県|都|道|府)立高{_END}"
            rf"|定時制(?:の?高校)?|定時(?=の?[1-4]年|制?です)|定時{_VISIT}|てー?い?じせ[いー](?:の?こ[うー]こ[うー])?|つうしんせ[いー](?:の?こ[うー]こ[うー])?|定時の(?:夜|昼)間?部|通信制(?:の?高校)?|通信(?=の?高校|生(?!活)|の?[1-3]年|制?です|なん(?:です|だ))|通信{_VISIT}"
            r"|全日制|全日(?=から)|(?:普通|商業|工業|農業|情報|国際|特進|理数|総合|英語|福祉|調理)科(?=の?[1-3一二三]年|に(?:通|在))|(?:工業|商業|農業)(?=の[1-3一二三]年|に通)"
        ),
        HIGH,
    ),
)

# Types that hold several stages or a count of their own: they stay when a grade says 小, 中 or 高.
SPANNING = frozenset({COMPULSORY, SECONDARY, SPECIAL, TECHNICAL})

_AGE_AT_ENTRY = {"小": 6, "中": 12, "高": 15}
_YEARS = {"小": 6, "中": 3, "高": 3}
_STAGE_TYPE = {"小": ELEMENTARY, "中": JUNIOR, "高": HIGH}
_TYPE_STAGE = {school_type: stage for stage, school_type in _STAGE_TYPE.items()}
_PART_STAGE = {"小": "小", "中": "中", "高": "高", "前": "中", "後": "高"}


def stage_grade(stage: str, year: int) -> str | None:
    """Return the grade of a year of 小, 中 or 高, None where the stage has no such year."""
    return f"{stage}{year}" if 1 <= year <= _YEARS[stage] else None


def grade_of(school_type: str | None, year: int, part: str = "") -> str | None:
    """Return the canonical grade of a year of a school type (中等教育学校 4 → 高1), None where there is no such year.

    Args:
        school_type: one of the canonical types; a special-needs school has no grade without its part.
        year: 1–9.
        part: 小学部, 中学部, 高等部, 前期 or 後期, if one is named.
    """
    if school_type == COMPULSORY:
        junior = part.startswith("後")
        if year > 6:
            return stage_grade("中", year - 6)
        return stage_grade("中" if junior else "小", year)
    if school_type == SECONDARY:
        if year > 3:
            return stage_grade("高", year - 3)
        return stage_grade("高" if part.startswith("後") else "中", year)
    if school_type == TECHNICAL:
        return f"高専{year}" if 1 <= year <= 5 else None
    stage = _PART_STAGE[part[0]] if part else _TYPE_STAGE.get(school_type or "")
    return stage_grade(stage, year) if stage else None


def grade_by_age(year: int, age: int) -> str | None:
    """Return the grade that a bare year means at an age (6年, 12 → 小6); None if none fits."""
    for stage, years in _YEARS.items():
        youngest = _AGE_AT_ENTRY[stage] + year - 1
        if year <= years and youngest <= age <= youngest + 1:
            return f"{stage}{year}"
    return None


def type_of_grade(grade: str) -> str:
    """Return the school type that a grade implies."""
    return TECHNICAL if grade.startswith(TECHNICAL) else _STAGE_TYPE[grade[0]]
