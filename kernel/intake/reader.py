"""Reading one message: all finders together, and what they say about the person it is about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from kernel.intake.age import find_ages
from kernel.intake.decline import is_declined
from kernel.intake.gender import find_child_gender, find_genders
from kernel.intake.grade import find_grades, find_years
from kernel.intake.mention import Mention, share_owners
from kernel.intake.owner import Owner
from kernel.intake.role import find_role
from kernel.intake.school_name import SchoolName, find_school_names
from kernel.intake.school_type import find_school_types
from kernel.intake.stages import (
    COMPULSORY,
    ELSEWHERE,
    SPANNING,
    UNIVERSITY,
    VOCATIONAL,
    grade_by_age,
    grade_of,
    stage_grade,
    type_of_grade,
)
from kernel.text import Normalised, fold_kana, normalise
from kernel.text.normalise import is_invisible

Asked = Literal["age_grade", "school"]

# Nobody introduces themself after this many characters; what follows is a story, and a flood must stay cheap.
_READ_AT_MOST = 1_000
# The oldest age that can be a pupil's when a guardian or a teacher writes without saying whose it is.
_OLDEST_PUPIL = 22

_LINE_NUMBER = re.compile("[①-⑳](?=[0-9０-９])")
# 中ニ typed with katakana ニ, 中ー typed with a long vowel sign.
_LOOKALIKE = re.compile("(?<=[小中高学校])(?:ニ(?![ァ-ヶー])|ー(?=$|です|だ|年|の|女|男|[ 、。]))")

# 「高1で中退しました」, 「高2の途中でいろいろあって学校やめた」: the grade is where they left.
_UNTIL_THEN = re.compile(r"(?:の[^。、]{1,4})?(?:で(?!す|し)[^。]{0,24})?")

# The answer to the question about the school: 「やめました」, 「もう辞めた、先月」.
_LEFT_IT = re.compile(
    r"(?:もう|とっくに|先月|先週|去年|今年|途中で|、| )*(?:やめ|辞め|退学し)(?:た(?![いら])|まし|ちゃっ|て(?:ます|る|しま))"
)
_OWN_CHILD = re.compile(r"息子|むすこ|娘|むすめ|孫|長男|長女|次男|次女|うちの|我が子|わが子")

_M = TypeVar("_M", Mention, SchoolName)


@dataclass(frozen=True)
class Intake:
    """What a message says about the student it is about; None where it says nothing.

    Attributes:
        age: years; never another person's, a past or a wished-for one.
        grade: canonical (中2, 高1, 小6, 高専1).
        school_type: 小学校, 中学校, 高校, 義務教育学校, 中等教育学校, 特別支援学校, 高専, 専門学校, 大学 or その他.
        school_name: as written, in NFKC.
        gender: 男, 女 or その他.
        role: self, friend, guardian, teacher or unknown. With guardian and teacher the other fields are the child's.
        declined: whether the person would rather not say.
    """

    age: int | None = None
    grade: str | None = None
    school_type: str | None = None
    school_name: str | None = None
    gender: str | None = None
    role: str = "unknown"
    declined: bool = False

    @property
    def empty(self) -> bool:
        """Whether the message answers nothing: no field is filled and nothing was refused. The role doesn't count."""
        return not self.declined and all(
            value is None for value in (self.age, self.grade, self.school_type, self.school_name, self.gender)
        )


# Words of an answer about age, grade, school and gender; a message that holds any other says more than that.
_PLAIN_ANSWER = re.compile(
    r"(?:[0-9一二三四五六七八九十]{1,2}|年生?|歳|才|さい|小学|中学|高等|高専|[小中高]|特別支援|定時制|通信制|私立|公立|県立|市立|町立"
    r"|学校|校|生|部|女子?|男子?|の|です|だよ?|はい|えっと|[、。・!ー\s])+"
)
_LONGEST_ANSWER = 20


def is_plain_answer(text: str) -> bool:
    """Say whether a message is nothing but an answer about the person: 「高校です」, 「14」, 「中2の女子です」."""
    folded = fold_kana(normalise(text[: _LONGEST_ANSWER + 1]).text).strip()
    if not 0 < len(folded) <= _LONGEST_ANSWER or _PLAIN_ANSWER.fullmatch(folded) is None:
        return False
    return not parse(text, asked="age_grade").empty


def parse(text: str, asked: Asked | None = None) -> Intake:
    """Return what one message says about age, grade, school, gender and role, and whether an answer was refused.

    Args:
        text: a student's words, as they came.
        asked: what was asked for just before. With "age_grade" a bare 「14」 is an age (6–22); with "school" a bare
            「北中」 is a school's name.
    """
    # ① before a digit numbers the lines of an answer (①14歳 ②中2); NFKC would make 114 of it.
    original = _LINE_NUMBER.sub(" ", text[:_READ_AT_MOST])
    read = normalise(original)
    folded = fold_kana(_LOOKALIKE.sub(lambda match: "二" if match[0] == "ニ" else "一", read.text))

    schooling = [*find_grades(folded), *find_school_types(folded)]
    schooling = [*schooling, *_outside(find_years(folded), schooling)]
    genders = find_genders(folded)
    profile = "誕生日" in folded or any(
        mention.owner not in (Owner.OTHER, Owner.YOUTH) for mention in (*schooling, *genders)
    )
    ages = find_ages(folded, asked=asked == "age_grade", profile=profile)
    mentions = share_owners(folded, [*schooling, *genders, *ages])
    names = find_school_names(read.text, folded, asked=asked == "school")

    owners = [mention.owner for mention in mentions] + [name.owner for name in names]
    own = any(owner in (Owner.WRITER, Owner.UNSAID) for owner in owners)
    role = find_role(folded, own_schooling=own)
    has_child = _OWN_CHILD.search(folded) is not None
    mine = _about_the_student(mentions, role, has_child=has_child)
    name = _last(_about_the_student(names, role, has_child=has_child))
    age = _age(mine, role)
    gender = next((mention.gender for mention in reversed(mine) if mention.gender is not None), None)
    if role == "guardian":
        gender = find_child_gender(folded) or gender
    grade, school_type = _grade_and_type(folded, mine, age)
    if grade is None and school_type is None:
        grade = _later_grade(mentions, mine)
        school_type = type_of_grade(grade) if grade else None
    if name is not None and school_type is None:
        school_type = name.school_type
    if name is not None and grade is None:
        grade, school_type = _grade_at(name, mine, school_type)
    if asked == "school" and grade is None and school_type is None and _LEFT_IT.match(folded):
        school_type = ELSEWHERE
    return Intake(
        age=age,
        grade=grade,
        school_type=school_type,
        school_name=_as_written(original, read, name) if name is not None else None,
        gender=gender,
        role=role,
        declined=is_declined(folded, asked=asked is not None),
    )


def _outside(mentions: list[Mention], others: list[Mention]) -> list[Mention]:
    """Return the mentions that aren't a part of one of `others` (the 2年 of 中学2年)."""
    return [
        mention
        for mention in mentions
        if not any(other.start < mention.end and mention.start < other.end for other in others)
    ]


def _about_the_student(mentions: Iterable[_M], role: str, *, has_child: bool) -> list[_M]:
    """Return the mentions that describe the student: a guardian's child, a teacher's pupil, else the writer."""
    told = {"guardian": Owner.CHILD, "teacher": Owner.PUPIL}.get(role)
    listed = list(mentions)
    if told is None:
        # Nobody of school age says 「高2の娘」 of a child, so that such a mention counts whatever the rest sounds like.
        own = [mention for mention in listed if mention.owner in (Owner.WRITER, Owner.UNSAID)]
        return own or [mention for mention in listed if has_child and mention.owner is Owner.CHILD]
    # A teacher's 「クラスの中2の女子が」 is a pupil, as the school that they teach at is the pupils'.
    pupils = ((told, Owner.YOUTH), (Owner.CHILD,), (Owner.UNSAID,))
    for owners in pupils if told is Owner.PUPIL else ((told,), (Owner.UNSAID,)):
        theirs = [mention for mention in listed if mention.owner in owners]
        if theirs:
            return theirs
    return []


def _last(mentions: list[_M]) -> _M | None:
    """Return the last one: who corrects themself (中3、いや高1) means the later word."""
    return mentions[-1] if mentions else None


def _age(mine: list[Mention], role: str) -> int | None:
    ages = [mention.age for mention in mine if mention.age is not None]
    if role in ("guardian", "teacher"):
        ages = [age for age in ages if age <= _OLDEST_PUPIL]
    return ages[-1] if ages else None


def _grade_and_type(text: str, mine: list[Mention], age: int | None) -> tuple[str | None, str | None]:
    """Return grade and school type from all mentions; a grade implies its type, a type and a year make a grade."""
    graded = _last([mention for mention in mine if mention.grade is not None])
    types = [mention for mention in mine if mention.school_type is not None and mention.grade is None]
    last_type = _last(types)
    if graded is not None:
        left = last_type is not None and last_type.school_type == ELSEWHERE and graded.end <= last_type.start
        if not (left and last_type and _left_in(text, graded.end, last_type.start)):
            spanning = [mention.school_type for mention in mine if mention.school_type in SPANNING]
            own_type = graded.school_type or type_of_grade(graded.grade or "")
            return graded.grade, spanning[-1] if spanning else own_type
    school_type = last_type.school_type if last_type is not None else None
    year = _last([mention for mention in mine if mention.year is not None])
    if year is None or year.year is None or school_type in (ELSEWHERE, UNIVERSITY, VOCATIONAL):
        return None, school_type
    return _grade_by_year(year, year.year, school_type, age)


def _left_in(text: str, grade_end: int, start: int) -> bool:
    """Say whether the words at `start`, out of school, tell what became of the grade that ends before them."""
    if text.startswith(("中退", "退学"), start) and start - grade_end <= 1:
        return True
    return _UNTIL_THEN.fullmatch(text, grade_end, start) is not None


def _later_grade(mentions: list[Mention], mine: list[Mention]) -> str | None:
    """Return the grade that a year means after an earlier grade of the same school: 高1の頃から不登校で、今は2年."""
    year = _last([mention for mention in mine if mention.year is not None])
    if year is None or year.year is None:
        return None
    past = [m.grade for m in mentions if m.owner is Owner.NOBODY and m.grade is not None and m.end < year.start]
    if not past or not past[-1][1:].isdecimal() or int(past[-1][1:]) >= year.year:
        return None
    return stage_grade(past[-1][0], year.year)


def _grade_by_year(
    mention: Mention, year: int, school_type: str | None, age: int | None
) -> tuple[str | None, str | None]:
    if school_type is not None:
        return grade_of(school_type, year), school_type
    grade = grade_by_age(year, age) if age is not None else None
    if grade is not None:
        return grade, type_of_grade(grade)
    if mention.sure_year and age is None and year >= 7:
        # Only a nine-year school counts to 7, 8, 9.
        return grade_of(COMPULSORY, year), COMPULSORY
    if mention.sure_year and age is None and year >= 4:
        grade = stage_grade("小", year)
        return grade, type_of_grade(grade) if grade else None
    return None, None


def _grade_at(name: SchoolName, mine: list[Mention], school_type: str | None) -> tuple[str | None, str | None]:
    """Return the grade of a bare year at a named school: 札幌北高 2年."""
    year = _last([mention for mention in mine if mention.year is not None])
    if year is None or year.year is None:
        return None, school_type
    return grade_of(name.school_type, year.year), school_type


def _as_written(original: str, read: Normalised, name: SchoolName) -> str:
    """Return a name as its writer wrote it, in NFKC: N高, not n高."""
    end = read.offsets[name.end] if name.end < len(read.offsets) else len(original)
    visible = "".join(
        character for character in original[read.offsets[name.start] : end] if not is_invisible(character)
    )
    return unicodedata.normalize("NFKC", visible).strip()
