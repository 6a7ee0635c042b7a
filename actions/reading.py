"""What one message means for the conversation: the model's intent, the button, and the facts that the words hold.

Nothing here weighs danger: that is the risk screen's work, which reads every message before Rasa does. ``heavy``
only keeps the form quiet, so that no question about school ever answers such words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from actions.buttons import ABOUT, Act, Again, Role, Topic, meaning_of
from actions.memory import Answers, Question
from actions.net_kinds import kind_of
from actions.screening import Screened
from actions.service_questions import ServiceQuestion, service_question
from handoff.domain.profile.procedure import Kind
from kernel.intake.quiet import QuietTime, quiet_times

#: A word of control is only believed in a short message: 「もうやめたい」 in a long story isn't 「やめる」.
CONTROL_LENGTH: Final = 20
#: From here on a message counts as a story: it is received as one, whatever it was an answer to.
STORY_LENGTH: Final = 40
#: A message that the model doesn't place, but long enough to tell of something.
TOLD_LENGTH: Final = 20
#: Up to here a new grade or school replaces the one told before; longer texts also speak of other people.
STATEMENT_LENGTH: Final = 30

_CONTROL: Final = frozenset(
    {Act.STOP, Act.START_OVER, Act.SKIP, Act.THANKS, Act.GREET, Act.AFFIRM, Act.DENY, Act.UNSURE, Act.LEAVE_MESSAGE}
)
#: Answers to the direct question, and who can't phone. The worker reads them where it asked; here they come by themselves.
#: What a child says in distress may sound like it; believed only where the model is sure and the screen found nothing.
_SURE: Final = 0.5
#: From here on a topic is guessed from words that the model isn't sure of, after the topic was asked for.
_GUESSED: Final = 0.2
#: From here on two topics together are what a message is about.
_LIKELY: Final = 0.6
_RISK: Final = frozenset({Act.RISK_WISH, Act.RISK_NO_WISH, Act.RISK_UNSURE, Act.CANNOT_PHONE})
_EVENTS: Final = {
    "event_postback_talk": Act.ASK_HUMAN,
    "event_postback_message": Act.LEAVE_MESSAGE,
}
_CORRECTING: Final = re.compile(
    r"やっぱり?|じゃなくて|ではなくて|まちが|間違|訂正|ちがった|違った|ほんとう?は|本当は|じゃない"
)
_YEAR: Final = re.compile(
    r"^(?:学校は|学年は)?([1-9一二三四五六])\s*(?:年生?|ねん(?:せい)?)(?!\s*(?:前|間|後|ぶり|くらい|ぐらい))"
)
_KANJI: Final = {figure: number for number, figure in enumerate("一二三四五六", 1)}
# A worry about secrecy that rides on another message is answered with it.
_SECRECY: Final = re.compile(
    r"(?:ばれ|バレ)(?:ない|る|ます|ません|た).{0,6}(?:[?？]|か$|かな|よね|心配|こわ|怖)|言わないで(?:くださ|ほし|ね|$)"
    r"|(?:内緒|秘密|ひみつ|ないしょ)に(?:して|でき)|(?:チク|ちく)(?:っ|ら|る|り).{0,8}(?:[?？]|な$|よね|か$|でしょ)"
)
_SAME: Final = re.compile(
    r"同じ|おなじ|(?:この|こない|前の|まえの)?(?:前|間|だ)?の?(?:続き|つづき)|前(?:と|の)(?:いっしょ|一緒)"
)
_OTHER: Final = re.compile(r"(?:ちが|違)う|別の|べつの|(?:ほか|他)の|新しい|今回は")
_PLACE: Final = re.compile(
    r"[県市町村都府道区](?!場)|地域|地元|住ん|住み|引っ?越|海外|外国|となり|隣|東京|大阪|京都|青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉"
    r"|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀"
    r"|長崎|熊本|大分|宮崎|鹿児島|沖縄"
)
#: What says plainly that somebody wants to report: the questions of a report aren't begun on a guess.
_REPORTS: Final = re.compile(r"通報|報告|知らせ|しらせ|匿名|目撃|証拠|チク|ちく|告げ口|密告|言いつけ")
#: No question about the service: it asks about the one who writes, or about a child.
_OF_MYSELF: Final = re.compile(r"私|わたし|自分|僕|俺|うちの|育て|悪かった|悪いの|娘|息子|子ども|子供")
_NO_THANKS: Final = re.compile(r"^(?:大丈夫|だいじょうぶ)")


@dataclass(frozen=True, slots=True)
class Told:
    """The facts of a message as Rasa's entities carry them."""

    age: int | None = None
    grade: str | None = None
    school_type: str | None = None
    school_name: str | None = None
    gender: str | None = None
    role: str = "unknown"
    declined: bool = False
    question: str | None = None


def told_in(entities: Sequence[Mapping[str, Any]]) -> Told:
    """The facts among a message's entities (bot/components/intake.py); others are left alone."""
    names = {field.name for field in fields(Told)}
    return Told(**{str(one["entity"]): one["value"] for one in entities if one.get("entity") in names})


NOTHING: Final = Answers()
UNKNOWN: Final = Screened()


@dataclass(frozen=True, slots=True)
class Reading:
    """One message, understood.

    Attributes: told: the facts in it (topic included); likely_topic: the best topic of the model's ranking even if
    its top intent is none; declined: the person would rather not say; button: a quick reply was tapped; story: long;
    statement: short enough to replace an earlier answer; correcting: the words take something back; heavy: no form
    question may follow; screened_heavy: because the risk screen said so, not only the model; interrupted: the risk screen ended the form; service: what is asked about the service; secrecy:
    a worry about secrecy is in the words; year: a school year that doesn't say of which school (3年); again: said to who
    asked whether it is the same thing as before; kind: which net trouble the words tell of; suspects: who did it, as far
    as the words say; quiet: when nothing may be sent unasked; elsewhere: a place is named; words: the message itself, for a procedure's record.
    """

    act: Act
    told: Answers = NOTHING
    likely_topic: Topic | None = None
    declined: bool = False
    button: bool = False
    story: bool = False
    telling: bool = False
    statement: bool = True
    correcting: bool = False
    heavy: bool = False
    screened_heavy: bool = False
    interrupted: bool = False
    service: ServiceQuestion | None = None
    secrecy: bool = False
    year: int | None = None
    again: Again | None = None
    kind: Kind | None = None
    suspects: frozenset[str] = frozenset()
    quiet: tuple[QuietTime, ...] = ()
    elsewhere: bool = False
    words: str = ""


def read(
    text: str,
    intent: str,
    ranking: Sequence[Mapping[str, Any]],
    facts: Told | None,
    asked: Question | None,
    screened: Screened = UNKNOWN,
) -> Reading:
    """Understand a message.

    Args: text: the student's words, empty for an event; intent: Rasa's top intent, ``nlu_fallback`` included;
    ranking: Rasa's ``intent_ranking`` (mappings with ``name``), best first; facts: what the words hold, None for an
    event; asked: the question that waits for an answer; screened: what the risk screen said of the words.
    """
    interrupted = screened.interrupted
    if intent.startswith("event_"):
        # There are no words to weigh; the picture of an unscreened event is no reason to say how hard it must be.
        return Reading(_EVENTS.get(intent) or _act(intent, Act.UNKNOWN_EVENT), interrupted=interrupted)
    folded = unicodedata.normalize("NFKC", text).strip()
    meaning = meaning_of(folded)
    if meaning is not None:
        answers = Answers(
            grade=meaning.grade,
            school_type=meaning.school_type,
            gender=meaning.gender,
            topic=meaning.topic,
            role=meaning.role,
        )
        # A button's words are ours, chosen calm; what is tapped tells an answer and no distress.
        return Reading(
            meaning.act,
            answers,
            button=True,
            interrupted=interrupted,
            again=meaning.again,
            kind=meaning.kind,
            words=folded,
        )
    length = len(folded)
    # Too close to call between two topics is trouble all the same: the likelier one is said back and can be corrected.
    intent = _of_two_topics(ranking) or intent if intent == Act.UNCLEAR else intent
    top = Topic(intent) if intent in set(Topic) else None
    act = Act.TOPIC if top else _act(intent, Act.UNCLEAR)
    if act in _CONTROL and (length > CONTROL_LENGTH or not _is_sure(ranking)):
        act = Act.UNCLEAR
    if act is Act.REPORT and not (_is_sure(ranking) or _REPORTS.search(folded)):
        act = Act.UNCLEAR
    if act is Act.PRANK and (screened.raised or not _is_sure(ranking)):
        act = Act.UNCLEAR
    elif act is Act.PRANK and service_question(folded) is ServiceQuestion.PROGRAM:
        # Whoever asks whether this is a machine is told the truth, however they ask.
        act = Act.SERVICE
    told = _facts(facts, act, asked)
    # A topic's name inside a plain answer is no topic: 「中2です」 stays an answer whatever the model thinks of it.
    if asked is not Question.TOPIC and top and length <= CONTROL_LENGTH and _answers(told, asked):
        top, act = None, Act.INFORM
    secrecy = bool(_SECRECY.search(folded)) and length <= STORY_LENGTH
    service = _service(folded, facts) if act is Act.SERVICE else None
    if act is Act.SERVICE and service is None:
        act = Act.UNCLEAR
    elif act is Act.SERVICE and _refuses(folded, facts) and not secrecy:
        act, service = Act.SKIP, None
    elif secrecy and (act in (Act.SKIP, Act.DENY, Act.UNCLEAR) or act is Act.TOPIC and length <= CONTROL_LENGTH):
        act, service = Act.SERVICE, ServiceQuestion.SECRECY
    elif act is Act.AFFIRM and asked is None and _NO_THANKS.search(folded):
        act = Act.DENY
    return Reading(
        act=act,
        told=_with_topic(told, top),
        likely_topic=_likely_topic(ranking),
        declined=bool(facts and facts.declined),
        story=length >= STORY_LENGTH or "\n" in folded,
        telling=length >= TOLD_LENGTH,
        statement=length <= STATEMENT_LENGTH,
        correcting=bool(_CORRECTING.search(folded)),
        heavy=screened.heavy or act in _RISK or (screened.uneasy and act is Act.UNCLEAR),
        screened_heavy=screened.heavy,
        interrupted=interrupted,
        service=service,
        secrecy=secrecy,
        year=_year(folded) if told.grade is None else None,
        again=_again(folded) if length <= CONTROL_LENGTH else None,
        kind=kind_of(folded),
        suspects=screened.suspects,
        elsewhere=bool(_PLACE.search(folded)),
        quiet=quiet_times(folded) if act is Act.QUIET_HOURS else (),
        words=text.strip(),
    )


def _service(folded: str, facts: Told | None) -> ServiceQuestion | None:
    """Which question it is: by the model where it is sure, else by its words; in a story one that nothing names is none."""
    named = facts.question if facts is not None else None
    known = ServiceQuestion(named) if named in set(ServiceQuestion) else None
    otherwise = ServiceQuestion.OTHER if len(folded) <= STATEMENT_LENGTH and not _OF_MYSELF.search(folded) else None
    return known or service_question(folded) or otherwise


def _refuses(folded: str, facts: Told | None) -> bool:
    """Whether a short message is a refusal (「は？関係なくない？」) and names no question about the service."""
    return facts is not None and facts.declined and len(folded) <= CONTROL_LENGTH and service_question(folded) is None


def _likely_topic(ranking: Sequence[Mapping[str, Any]]) -> Topic | None:
    """The best topic, where it is likely at all; what says something grave is never guessed."""
    for one in ranking:
        if one.get("name") in set(Topic) and float(one.get("confidence") or 0.0) >= _GUESSED:
            topic = Topic(str(one["name"]))
            return None if topic in (Topic.ABUSE, Topic.BODY) else topic
    return None


def _of_two_topics(ranking: Sequence[Mapping[str, Any]]) -> str | None:
    """The first of the ranking, where the first two are topics and together likely."""
    names = [str(one.get("name")) for one in ranking if one.get("name") != Act.UNCLEAR][:2]
    together = sum(float(one.get("confidence") or 0.0) for one in ranking if one.get("name") in names)
    both = len(names) == len(set(names) & set(Topic)) == 2
    return names[0] if both and together >= _LIKELY else None


def _is_sure(ranking: Sequence[Mapping[str, Any]]) -> bool:
    return bool(ranking) and float(ranking[0].get("confidence") or 0.0) >= _SURE


def _again(folded: str) -> Again | None:
    if _OTHER.search(folded):
        return Again.OTHER
    return Again.SAME if _SAME.search(folded) else None


#: Who says whose problem it is, where the parser found nobody.
_ROLE_OF: Final = {act: role for role, act in ABOUT.items() if role is not Role.SELF}


def _year(folded: str) -> int | None:
    found = _YEAR.search(folded)
    return None if found is None else _KANJI.get(found[1]) or int(found[1])


def _act(intent: str, otherwise: Act) -> Act:
    return Act(intent) if intent in set(Act) else otherwise


def _answers(told: Answers, asked: Question | None) -> bool:
    """Whether the facts are an answer to what was asked."""
    match asked:
        case Question.AGE_GRADE:
            return told.age is not None or told.grade is not None or told.school_type is not None
        case Question.SCHOOL:
            return told.school_type is not None or told.school_name is not None
        case Question.PERSON:
            return told.role is not None
        case Question.GENDER:
            return told.gender is not None
        case _:
            return False


def _facts(facts: Told | None, act: Act, asked: Question | None) -> Answers:
    if facts is None:
        return Answers()
    role = Role(facts.role) if facts.role in set(Role) else None
    if role is None:
        role = _ROLE_OF.get(act)
    # The parser takes whoever writes 「中2です」 for the one concerned; that is only sure where trouble is told, too.
    if role is Role.SELF and act not in (Act.ABOUT_SELF, Act.TOPIC) and asked is not Question.PERSON:
        role = None
    if act is Act.ABOUT_SELF and role is None:
        role = Role.SELF
    return Answers(facts.age, facts.grade, facts.school_type, facts.school_name, facts.gender, None, role)


def _with_topic(told: Answers, topic: Topic | None) -> Answers:
    return Answers(told.age, told.grade, told.school_type, told.school_name, told.gender, topic, told.role)
