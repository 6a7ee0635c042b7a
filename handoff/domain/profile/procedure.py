"""A procedure: what a board wants asked, advised and recorded in one kind of trouble, as data (HYO-4.1②).

The twelve of 兵庫県's 取扱要領 (児童生徒・保護者・教職員 × 掲載・メール・請求・違法情報) lie in ``data/procedures``. A board changes
a procedure by changing its file; nothing of it is in code but what no file may ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, field_validator, model_validator

from handoff.domain.profile.base import Flag, Part, Positive, Slug, Words
from handoff.domain.wording_rules import faults_of_wording

#: Has to stand, word for word, wherever somebody is told how to ask for a deletion (HYO-Ⅰ-1(6), Ⅱ-1(6), Ⅲ-1(7)).
DELETION_WARNING: Final = "場合によっては、削除依頼がそのままアップロードされてトラブルが拡大することもあり得る"
#: Quick replies carry at most twenty characters; skip and talk need two of thirteen places (LINE).
LONGEST_CHOICE: Final = 20
MOST_CHOICES: Final = 11
#: Sentences that may follow one another before the next question, and between two answers in the worst case.
MOST_SAID: Final = 3
# A picture of a naked child must not be made, kept or sent anywhere (児童ポルノ禁止法); whoever asks, asks for that.
_SEXUAL: Final = re.compile(r"裸|下着|性的|わいせつ|えっち|エッチ|ポルノ")
_ASKS_FOR_IT: Final = re.compile(r"送って|見せて|のせて|アップ|どんな(?:写真|画像|姿)|写っていますか")


class Kind(StrEnum):
    """The four kinds of net trouble of the 取扱要領."""

    POST = "post"  # 掲示板やブログ、SNS、動画サイト等に掲載・投稿された
    MAIL = "mail"  # いやがらせのメール
    BILLING = "billing"  # 身に覚えのない請求
    ILLEGAL_SITE = "illegal_site"  # 違法情報や有害情報が掲載されたサイト


class Asker(StrEnum):
    """Who asks for help: Ⅰ, Ⅱ or Ⅲ of the 取扱要領."""

    STUDENT = "student"
    GUARDIAN = "guardian"
    SCHOOL = "school"


class Contact(StrEnum):
    """To whom an advice sends somebody. One who is suspected is never advised, whatever a procedure says."""

    GUARDIAN = "guardian"
    TEACHER = "teacher"
    POLICE = "police"


class Stage(StrEnum):
    """How far at school the person concerned is."""

    ELEMENTARY = "elementary"
    JUNIOR_HIGH = "junior_high"
    HIGH = "high"  # 高校生以上


class Slot(StrEnum):
    """What the intake may have been told already; such a question isn't put again."""

    GRADE = "grade"
    SCHOOL = "school"


class When(Part):
    """Under which conditions a step is taken; all of them have to hold.

    stage: the person concerned is at one of these stages; where nobody knows, the step is left out. answered: earlier
    questions, by their step's id, with the answers of which one was chosen. suspected: one of these is suspected, whether
    an answer named them or the words did.
    """

    stage: tuple[Stage, ...] | None = None
    answered: Mapping[Slug, tuple[Words, ...]] | None = None
    suspected: tuple[Contact, ...] | None = None


class Step(Part):
    """One step: a question (``ask``), a sentence (``say``), or what the counsellor does (``counsellor``).

    Attributes: source: the article, such as HYO-Ⅰ-1(3); record: what the answer is called in the counsellor's record;
    choices: quick replies, free text is taken all the same; slot: not asked where the intake knows it; consent: a yes
    or no to telling the school; suspects: choices that name a person who is then never advised as a contact; media: a
    saved screen may be sent instead of words; advises: to whom the sentence sends; deletion: it tells how to ask for a
    deletion, and carries the warning.
    """

    id: Slug
    source: Words
    ask: Words | None = None
    say: Words | None = None
    counsellor: Words | None = None
    record: Words | None = None
    choices: tuple[Words, ...] = ()
    slot: Slot | None = None
    consent: Flag = False
    suspects: Mapping[Words, Contact] = Field(default_factory=dict)
    media: Flag = False
    advises: tuple[Contact, ...] = ()
    deletion: Flag = False
    when: When = When()

    @field_validator("choices")
    @classmethod
    def _fit_line(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > MOST_CHOICES or len(set(value)) != len(value):
            raise ValueError(f"choices は{MOST_CHOICES}個までで、同じものは書けません")
        long = next((choice for choice in value if len(choice) > LONGEST_CHOICE), None)
        if long is not None:
            raise ValueError(f"「{long}」は長すぎます。{LONGEST_CHOICE}文字までにしてください")
        return value

    @model_validator(mode="after")
    def _one_of_three(self) -> Step:
        if [self.ask, self.say, self.counsellor].count(None) != 2:
            raise ValueError("ask・say・counsellor のどれか一つだけを書いてください")
        if (self.ask is None) != (self.record is None):
            raise ValueError("ask には record（記録での呼び名）が必要で、ほかの手順には書けません")
        if self.ask is None and (self.choices or self.slot or self.consent or self.suspects or self.media):
            raise ValueError("choices・slot・consent・suspects・media は ask の手順だけに書けます")
        if self.say is None and (self.advises or self.deletion):
            raise ValueError("advises・deletion は say の手順だけに書けます")
        if not set(self.suspects) <= set(self.choices):
            raise ValueError("suspects には choices にあるものだけを書いてください")
        for text in filter(None, (self.ask, self.say)):
            faults = faults_of_wording(text)
            if faults:
                raise ValueError(f"「{text}」は使えません: {'、'.join(faults)}")
        if self.ask is not None and _SEXUAL.search(self.ask) and _ASKS_FOR_IT.search(self.ask):
            raise ValueError("性的な画像や内容をたずねる手順は書けません（児童ポルノ禁止法）")
        if self.deletion and DELETION_WARNING not in (self.say or ""):
            raise ValueError(f"削除依頼を勧めるときは「{DELETION_WARNING}」を一字も変えずに書いてください")
        return self


class Procedure(Part):
    """One of the twelve. ``version`` grows with each change; the record of a talk names the one it followed."""

    id: Annotated[str, Field(pattern=r"^(?:I|II|III)-[1-4]$")]
    version: Positive
    title: Words
    asker: Asker
    kind: Kind
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _steps_fit(self) -> Procedure:
        known: dict[str, Step] = {}
        for step in self.steps:
            if step.id in known:
                raise ValueError(f"「{step.id}」という手順が二つあります")
            for name, answers in (step.when.answered or {}).items():
                earlier = known.get(name)
                if earlier is None or not set(answers) <= set(earlier.choices):
                    raise ValueError(f"「{step.id}」の answered は、前にある手順とその choices を指してください")
            known[step.id] = step
        said = 0
        for step in self.steps:
            said = 0 if step.ask else said + (step.say is not None)
            if said > MOST_SAID:
                raise ValueError(f"「{step.id}」まで、質問をはさまずに{MOST_SAID}つより多くの文が続きます")
        return self

    def step(self, step_id: str) -> int | None:
        """The place of a step, None where this version has none of that id."""
        return next((place for place, step in enumerate(self.steps) if step.id == step_id), None)

    def texts(self) -> Iterator[str]:
        """Everything that a person reads."""
        for step in self.steps:
            yield from filter(None, (step.ask, step.say))


def deletion_is_warned_of(procedure: Procedure) -> bool:
    """Whether every step that speaks of asking for a deletion is marked as such (and so carries the warning)."""
    return all(
        step.deletion for step in procedure.steps if step.say and re.search("削除(?:依頼|を(?:頼|お願い))", step.say)
    )


def stage_of(grade: str | None, school_type: str | None, age: int | None) -> Stage | None:
    """The stage of the person concerned by what was told; a fifteen-year-old may still be at junior high."""
    told = grade or school_type or ""
    if told.startswith(("高", "専門", "大学")):
        return Stage.HIGH
    if told.startswith(("中学", "中1", "中2", "中3")):
        return Stage.JUNIOR_HIGH
    if told.startswith("小"):
        return Stage.ELEMENTARY
    if age is None:
        return None
    return next(stage for limit, stage in _BY_AGE if age < limit)


_BY_AGE: Final = ((12, Stage.ELEMENTARY), (16, Stage.JUNIOR_HIGH), (200, Stage.HIGH))
