"""The conversation at risk: what the worker has heard, said and asked, and what it says next (domain table "What the
bot says at risk").

Pure. The worker alone speaks here, with fixed texts; Rasa is only told to drop its form. One question at a time, none
that opens a wound while nobody has acknowledged, and none that was answered already.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from handoff.domain.session import URGENT, Level
from kernel.risk.assessment import Assessment
from kernel.risk.screen import MODEL_RULE
from kernel.text import normalise

#: The same text isn't said twice within this time; a short receipt comes instead.
SAY_AGAIN_AFTER: Final = timedelta(minutes=15)
#: So long after the last word a student is taken to be still in the chat; later a pushed line has to be neutral, because
#: somebody else may see the lock screen.
STILL_THERE: Final = timedelta(minutes=5)


class Situation(StrEnum):
    """A row of the reply table; the later, the more urgent."""

    UNSTATED = "unstated"  # suicide, self-harm or crisis; the wish isn't said
    BELIEVE = "believe"  # abuse, sexual harm, violence, bullying at high
    THIRD = "third"  # another person is at risk
    HARM_OTHER = "harm_other"  # the writer may hurt somebody
    STATED = "stated"  # the wish to die is said
    PLAN = "plan"  # a time, a note, a farewell
    THIRD_NOW = "third_now"  # another person, now
    ATTACK = "attack"  # attacked, locked out or on the street, now
    ACT = "act"  # an act under way, means in hand, the place reached


RANK: Final = {situation: rank for rank, situation in enumerate(Situation)}
#: Situations in which 119 and 110 come first and 『できない』 is offered.
AT_ONCE: Final = frozenset({Situation.PLAN, Situation.THIRD_NOW, Situation.ATTACK, Situation.ACT})
_HARMED: Final = frozenset({"abuse", "sexual_harm", "violence", "bullying"})
_ACTING: Final = frozenset({"act", "means", "place"})
#: Categories at *concern* after which no form question goes on: one open invitation instead.
_CARE: Final = frozenset({"crisis", "suicide", "self_harm"})


class Question(StrEnum):
    """What the worker asked and waits for."""

    WISH = "wish"  # いま、死にたい気持ちがありますか。
    SAFE = "safe"  # いま安全な場所にいますか。
    BESIDE = "beside"  # その人のそばにだれかいますか。
    PLACE = "place"  # the cannot-phone way: where are you
    NEAR = "near"  # and who is near


class Answer(StrEnum):
    """An answer to WISH, SAFE or BESIDE."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


def situation_of(assessment: Assessment) -> Situation | None:
    """Give a message's row of the table; None below high."""
    if Level(assessment.level) not in URGENT:
        return None
    critical = assessment.level == Level.CRITICAL
    if assessment.about == "other":
        return Situation.THIRD_NOW if critical else Situation.THIRD
    if "harms_other" in assessment.signs and "wish" not in assessment.signs:
        return Situation.HARM_OTHER
    worst = next((name for name in assessment.categories if name != "third_party"), "crisis")
    if worst in _HARMED:
        return Situation.ATTACK if critical else Situation.BELIEVE
    if critical:
        return Situation.ACT if assessment.signs & _ACTING or not assessment.signs else Situation.PLAN
    return Situation.STATED if "wish" in assessment.signs else Situation.UNSTATED


def needs_care(assessment: Assessment) -> bool:
    """Whether the words are unspecific distress or a passive wish: no form question, one open invitation."""
    rules = not assessment.evidence or any(one.rule != MODEL_RULE for one in assessment.evidence)
    return _is_distress(assessment) and rules


def is_uneasy(assessment: Assessment) -> bool:
    """Whether only the model hears distress in the words: no form question answers them where they tell nothing else."""
    return _is_distress(assessment) and not needs_care(assessment)


def _is_distress(assessment: Assessment) -> bool:
    return assessment.level == Level.CONCERN and bool(_CARE & set(assessment.categories))


@dataclass(frozen=True, slots=True)
class Safety:
    """What the worker knows of a session that is or was at risk; stored sealed with it.

    Attributes: situation: the most urgent so far; wish_stated: never to be asked for again; suspects, categories: of
    all messages; said: when each situation's text was said last; asked, asked_at: the question that waits, and since when; acknowledged_told: the
    student knows that a person has read; ask_when_back: a person has read, and the row's question waits for the student's
    next word.
    """

    situation: Situation
    wish_stated: bool = False
    asked_wish: bool = False
    categories: frozenset[str] = frozenset()
    suspects: frozenset[str] = frozenset()
    said: Mapping[str, datetime] = field(default_factory=dict)
    asked: Question | None = None
    asked_at: datetime | None = None
    acknowledged_told: bool = False
    ask_when_back: bool = False

    def as_json(self) -> str:
        """Give the stored form."""
        value = asdict(self)
        value["categories"], value["suspects"] = sorted(self.categories), sorted(self.suspects)
        value["asked_at"] = None if self.asked_at is None else self.asked_at.isoformat()
        value["said"] = {name: at.isoformat() for name, at in self.said.items()}
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Safety:
        """Read what `as_json` gave."""
        value: dict[str, Any] = json.loads(text)
        value["situation"] = Situation(value["situation"])
        asked_at = value["asked_at"]
        value["asked_at"] = None if asked_at is None else datetime.fromisoformat(asked_at)
        value["asked"] = None if value["asked"] is None else Question(value["asked"])
        value["categories"], value["suspects"] = frozenset(value["categories"]), frozenset(value["suspects"])
        value["said"] = {name: datetime.fromisoformat(at) for name, at in value["said"].items()}
        return cls(**value)


def joined(before: Safety | None, assessment: Assessment) -> Safety | None:
    """Give a session's safety with a message's assessment added; nothing is ever taken out of it."""
    situation = situation_of(assessment)
    if situation is None:
        return before
    stated = "wish" in assessment.signs and assessment.about != "other"
    if before is None:
        return Safety(
            situation,
            wish_stated=stated,
            categories=frozenset(assessment.categories),
            suspects=frozenset(assessment.suspects),
        )
    return replace(
        before,
        situation=max(before.situation, situation, key=RANK.__getitem__),
        wish_stated=before.wish_stated or stated,
        categories=before.categories | set(assessment.categories),
        suspects=before.suspects | assessment.suspects,
    )


# Short messages alone: in a long story 「できない」 means something else.
_CANNOT_PHONE: Final = re.compile(
    r"^(?:でき|出来)(?:ない|ません|ん)(?:です)?$"
    r"|(?:電話|でんわ|通話)(?:は|が|も|を|に|で)?.{0,6}(?:でき|出来|かけられ|かけれ|むり|無理|むず|こわ|怖|だめ|ダメ|駄目)"
    r"|(?:声|こえ)(?:が|も|を)?.{0,3}(?:出せ|だせ|出な|でな|出ません)"
)
#: Understood so only once a call was asked for: before, they tell of loneliness.
_CANNOT_SPEAK: Final = re.compile(
    r"(?:話せ|はなせ|しゃべれ|喋れ)(?:ない|ません)|(?:親|おや|母|父|ママ|パパ|家族|お母さん|お父さん|となり|隣)(?:が|も)?.{0,8}(?:いる|居る|います|いて|ばれ|バレ|きこえ|聞こえ|聞かれ)"
)
_END: Final = r"(?:です|ます|よ|かも|と思う|と思います)?$"
_YES: Final = re.compile(
    r"^(?:はい|うん|ええ|yes|そう|そうです|ある|あります|いる|います|少し|すこし|ちょっと|たぶん|たまに|ずっと|毎日)(?:ある|あります|いる|います)?"
    + _END
)
_NO: Final = re.compile(
    r"^(?:いいえ|ううん|いや|ない|なし|ありません|いない|いません|だれもいない|誰もいない|no|べつに|別に)" + _END
)
_UNSURE: Final = re.compile(
    r"^(?:わから|分から|わかん|言いたくない|いいたくない|答えたくない|こたえたくない|さあ|微妙|びみょう|どうだろ)"
)
#: 大丈夫 is a safe place, and no wish to die.
_FINE: Final = re.compile(r"^(?:今は|いまは)?(?:大丈夫|だいじょうぶ|平気|安全|あんぜん)" + _END)
_SHORT: Final = 30
_INTENTS: Final = {"affirm": Answer.YES, "deny": Answer.NO, "unsure": Answer.UNSURE, "skip": Answer.UNSURE}
#: Intents that answer the direct question and no other: 「いまは大丈夫」 is no answer to whether a place is safe.
_WISH_INTENTS: Final = {"risk_wish": Answer.YES, "risk_no_wish": Answer.NO, "risk_unsure": Answer.UNSURE}


def cannot_phone(text: str, intent: str | None = None, *, offered: bool = True) -> bool:
    """Whether a message says that its writer can't phone.

    Args: intent: Rasa's, None while Rasa is away; offered: a call was asked for before.
    """
    folded = normalise(text).text.strip("「」『』 。.!\n")
    if len(folded) > _SHORT:
        return False
    if _CANNOT_PHONE.search(folded) is not None:
        return True
    return offered and (intent == "cannot_phone" or _CANNOT_SPEAK.search(folded) is not None)


def answer_of(text: str, intent: str | None = None, asked: Question | None = Question.WISH) -> Answer | None:
    """Read a short message as an answer; by its own words first, so that it's read while Rasa is away too.

    Only a message that is nothing but an answer is one: 「うん、でも父が帰ってくる」 is no yes.
    """
    folded = normalise(text).text.strip(" 。.!、\n")
    if len(folded) > _SHORT:
        return None
    if _FINE.search(folded) is not None:
        return {Question.SAFE: Answer.YES, Question.WISH: Answer.NO}.get(asked or Question.BESIDE)
    for pattern, answer in ((_UNSURE, Answer.UNSURE), (_NO, Answer.NO), (_YES, Answer.YES)):
        if pattern.search(folded):
            return answer
    if asked is Question.SAFE:
        # A model's "yes" must not tell a child that a place is safe which it never called so.
        return Answer.NO if _DANGER.search(folded) else None
    found = _WISH_INTENTS.get(intent or "") if asked is Question.WISH else None
    return found or _INTENTS.get(intent or "")


_DANGER: Final = re.compile(r"危|あぶな|こわ|怖|安全じゃ|安全では")


def forgotten(safety: Safety) -> Safety:
    """Give a session's safety after its escalation was closed: nobody reads now, and nothing waits for an answer."""
    return replace(safety, asked=None, asked_at=None, acknowledged_told=False, ask_when_back=False)


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What Rasa is told with a message. level: None while unscreened; web: the student reads it on a page of ours, not on
    LINE; the others: see ``actions/screening.py``.
    """

    level: Level | None = None
    care: bool = False
    interrupted: bool = False
    suspects: frozenset[str] = frozenset()
    returning: bool = False
    uneasy: bool = False
    web: bool = False
