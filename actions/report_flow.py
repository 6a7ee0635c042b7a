"""Takes a report on LINE or in the chat: one question at a time, each of them skippable, anything may be told anew.

Whoever stops has told it all the same, and a wish for a person goes on as everywhere (KAG-2, WG-1, WG-17). Nothing here
says 匿名: LINE keeps an id, so the page without one is named instead.
"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from typing import Final

from actions.after_form import SMALL
from actions.any_time import FILES, not_back
from actions.buttons import REPORT_STOP, SKIP, TALK, Act
from actions.frame import Frame
from actions.memory import Memory
from actions.plan import Bubble, Computed, Cue, Effect, Plan, ReportWrite, bubble
from actions.reading import NOTHING, Reading
from actions.replies import service_reply
from actions.report_end import stop
from actions.report_heard import is_bare, understood
from actions.report_run import CHOICES, FIXES, NO_MORE, SEND, Ask, ReportRun
from handoff.domain.report import Danger, Since, TellSchool
from handoff.domain.texts import TextKey

MOST_TIMES: Final = 2
_QUESTIONS: Final = {
    Ask.DANGER: TextKey.REPORT_ASK_DANGER,
    Ask.WITNESS: TextKey.REPORT_ASK_WITNESS,
    Ask.WHAT: TextKey.REPORT_ASK_WHAT,
    Ask.WHERE: TextKey.REPORT_ASK_WHERE,
    Ask.SINCE: TextKey.REPORT_ASK_SINCE,
    Ask.PEOPLE: TextKey.REPORT_ASK_PEOPLE,
    Ask.TELL: TextKey.REPORT_ASK_TELL,
    Ask.EVIDENCE: TextKey.REPORT_ASK_EVIDENCE,
    Ask.CONFIRM: TextKey.REPORT_CONFIRM,
}
#: Short answers in other words than the titles. Whatever the model hears as a yes or a no, the bold one of both
#: ("nobody is in danger", "tell the school") wants a message that says nothing else.
_YES: Final = {Ask.DANGER: Danger.NOW, Ask.TELL: TellSchool.YES}
_NO: Final = {Ask.DANGER: Danger.NO, Ask.TELL: TellSchool.NO}
_BOLD: Final = (Danger.NO, TellSchool.YES)
_UNSURE: Final = {Ask.DANGER: Danger.MAYBE, Ask.SINCE: Since.UNKNOWN, Ask.TELL: TellSchool.ASK_FIRST}
#: Questions that words answer; what is said to the others goes with it where it tells more.
_FREE: Final = frozenset({Ask.WHAT, Ask.WHERE, Ask.SINCE, Ask.PEOPLE})
_BACK: Final = re.compile(
    r"(?:ひとつ|一つ|1つ)?(?:前|まえ)(?:に|の質問(?:に)?)(?:もど|戻)|^(?:もど|戻)(?:る|って|りたい)"
)
_ENOUGH: Final = re.compile(r"^(?:もう|これで|以上|ない|なし|ありません|終わり|おわり|全部)")
#: A wish to take a report back. 「通報して動画を消してほしい」 and 「通報をなかったことにされた」 are none.
_TAKE_BACK: Final = re.compile(
    r"通報(?:した)?の?(?:こと|もの|内容|やつ)?(?:を|は|って|、|\s)*(?:やっぱり|全部|ぜんぶ)?、?"
    r"(?:取り消[しすせそ]|取消|取り下げ(?!られ)|取下げ|とりけ|とりさげ|キャンセル|やめ(?:たい|ます)|(?:なし|な[かく]ったこと|無かったこと)に(?:し|でき))"
)
#: Letters from which an answer to a question with choices tells something of what happens.
_TELLING: Final = 8


def begins(reading: Reading, memory: Memory) -> bool:
    """Whether this message wants to report something, and nothing keeps the questions away."""
    return reading.act is Act.REPORT and not memory.in_report and not reading.interrupted


def begin(reading: Reading, memory: Memory, frame: Frame) -> Plan:
    """The first question; where this service takes no reports, an invitation to write it down here."""
    if not frame.reports:
        return Plan((bubble(TextKey.REPORT_HERE, buttons=(TALK,)),), memory)
    over = replace(memory.over(), receipts=0)
    words = reading.words if reading.telling and not reading.button else ""
    known = memory.report
    if known is not None and known.says_something:
        # A second time in one talk: what was told stays, and more is added.
        settled = tuple(ask.value for ask in Ask if ask is not Ask.CONFIRM)
        run = replace(known, settled=settled, mending=False, over=False).with_words(Ask.WHAT, words)
        asking = Ask.CONFIRM if words else Ask.WHAT
        return _put(over, run, asking, (Cue(TextKey.ACCEPT),), keep=bool(words))
    run = ReportRun().with_words(Ask.WHAT, words)
    intro = (Cue(TextKey.REPORT_INTRO), Cue(Computed.REPORT_ID))
    # From here on it is a report, also for whatever comes with it (a picture before any word).
    return _put(over, run, Ask.DANGER, intro, keep=True)


def takes_back(reading: Reading, memory: Memory) -> bool:
    """Whether somebody wants to take back a report that they told before."""
    running = memory.in_report or memory.in_procedure
    return not running and not reading.interrupted and _TAKE_BACK.search(reading.words) is not None


def take_back(memory: Memory) -> Plan:
    """A person reads it and decides: at risk nothing may leave people's sight, and a report is more than one message."""
    left = replace(memory.over(), receipts=0, stage=not_back(memory.stage))
    return Plan((bubble(TextKey.REPORT_TAKE_BACK),), left, Effect.LEAVE_MESSAGE)


def goes_back(reading: Reading, memory: Memory) -> bool:
    """Whether somebody wants the question before; the model may take it for a wish to begin anew."""
    return memory.in_report and _BACK.search(reading.words) is not None and not reading.story


def chooses(reading: Reading, memory: Memory) -> bool:
    """Whether the words are a choice of the question that waits; then they mean that and nothing else."""
    run = memory.report
    if run is None or run.over or run.asked is None:
        return False
    return reading.words in CHOICES.get(run.asked, {}) or (
        run.asked is Ask.CONFIRM and (reading.words == SEND or reading.words in FIXES)
    )


def about_others(reading: Reading, memory: Memory) -> tuple[Reading, Memory]:
    """The message without facts for the intake: a report tells of others. A school that is named stays with the report."""
    run, school = memory.report, reading.told.school_name
    if run is not None and school is not None:
        memory = replace(memory, report=replace(run, school=(*run.school, school)))
    return replace(reading, told=NOTHING, year=None, kind=None), memory


def waiting_buttons(memory: Memory, frame: Frame) -> tuple[str, ...]:
    """The quick replies of the question that waits."""
    run = memory.report
    return () if run is None or run.asked is None else _buttons(run.asked)


def go_on(reading: Reading, memory: Memory, frame: Frame) -> Plan:
    """The turn that answers ``reading`` while the questions go on."""
    run = memory.report or ReportRun()
    ask = run.asked or Ask.CONFIRM
    if reading.act in FILES:
        return _picture(reading, memory, run, ask, frame)
    if goes_back(reading, memory) and not chooses(reading, memory):
        return _back(memory, run, ask, frame)
    if reading.act is Act.SERVICE and not chooses(reading, memory):
        return _service(reading, memory, run, ask)
    if ask is Ask.CONFIRM:
        return _confirm(reading, memory, run, frame)
    if reading.act in SMALL and not chooses(reading, memory) and not reading.story and run.put < MOST_TIMES:
        return _put_again(memory, run, ask, (Cue(SMALL[reading.act]),))
    return _answer(reading, memory, run, ask, frame)


def broken_off(reading: Reading, before: Memory, plan: Plan) -> Plan:
    """The turn that answers heavy words in the middle of a report: they belong to it, and it is left half-way."""
    run = replace((before.report or ReportRun()).with_words(Ask.WHAT, reading.words), asked=None, over=True)
    told = replace(plan, memory=replace(plan.memory, report=run))
    return replace(told, report=ReportWrite.SEND_HALF) if run.says_something else told


# --- one answer -------------------------------------------------------------------------------------------------------


def _answer(reading: Reading, memory: Memory, run: ReportRun, ask: Ask, frame: Frame) -> Plan:
    words, choice = reading.words, CHOICES.get(ask, {}).get(reading.words)
    fresh = run.without(ask) if run.mending else run
    if choice is not None:
        after = fresh.with_choice(ask, choice)
    elif reading.declined or reading.act is Act.SKIP or (reading.act is Act.DENY and ask not in _NO):
        return _next(memory, run.settle(ask), frame, (Cue(TextKey.ACK_SKIP),))
    elif reading.act is Act.UNSURE and ask not in _UNSURE:
        return _next(memory, run.settle(ask), frame, (Cue(TextKey.ACK_UNSURE),))
    elif ask is Ask.EVIDENCE:
        after = run if words == NO_MORE or _ENOUGH.search(words) else run.with_words(Ask.WHAT, words)
    else:
        heard = _heard(reading, ask)
        telling = len(words) >= _TELLING
        if heard is None and ask not in _FREE and run.put < MOST_TIMES and not telling:
            return _put_again(memory, run, ask, (Cue(TextKey.ACK_REPEAT),))
        after = fresh.with_choice(ask, heard)
        if ask in _FREE or ask is Ask.TELL:
            after = after.with_words(ask, words)
        elif telling:
            # They tell at once what they came for.
            after = after.with_words(Ask.WHAT, words)
            if heard is None and run.put < MOST_TIMES:
                return _put_again(memory, after, ask, (Cue(TextKey.ACCEPT),), keep=True)
    thanks: tuple[Cue, ...] = (Cue(TextKey.ACK),)
    if after.chosen.get(Ask.DANGER) == Danger.NOW and run.chosen.get(Ask.DANGER) != Danger.NOW:
        thanks = (Cue(TextKey.REPORT_DANGER_NOW),)
    return _next(memory, after.settle(ask), frame, thanks, keep=True)


def _heard(reading: Reading, ask: Ask) -> StrEnum | None:
    """The choice that somebody's own words make, by their wording or by what the model hears in them."""
    heard = understood(ask, reading.words)
    if heard is None:
        heard = {Act.AFFIRM: _YES, Act.DENY: _NO, Act.UNSURE: _UNSURE}.get(reading.act, {}).get(ask)
        if heard in _BOLD and not is_bare(reading.words):
            return None
    return heard


def _next(memory: Memory, run: ReportRun, frame: Frame, said: tuple[Cue, ...], *, keep: bool = False) -> Plan:
    """The next question that is open, or the summary."""
    if run.mending:
        return _put(memory, replace(run, mending=False), Ask.CONFIRM, said, keep=keep)
    for ask in Ask:
        known = ask in (Ask.WHAT,) and bool(run.told.get(ask))
        unasked = ask is Ask.EVIDENCE and not frame.report_media
        if ask.value not in run.settled and not known and not unasked:
            return _put(memory, run, ask, said, keep=keep)
    return _put(memory, run, Ask.CONFIRM, said, keep=keep)


def _put(memory: Memory, run: ReportRun, ask: Ask, said: tuple[Cue, ...], *, keep: bool = False) -> Plan:
    if ask is Ask.CONFIRM and not run.says_something:
        # Nothing was told: nobody has to look at it.
        over = replace(memory, report=replace(run, asked=None, over=True))
        return Plan((Bubble((*said, Cue(TextKey.KEEP_WRITING)), (TALK,)),), over)
    asked = replace(memory, report=replace(run, asked=ask, put=1))
    report = ReportWrite.KEEP if keep else None
    if ask is Ask.CONFIRM:
        rows = Bubble((*said, Cue(Computed.REPORT_SUMMARY)))
        return Plan((rows, bubble(_QUESTIONS[ask], buttons=_buttons(ask))), asked, report=report)
    return Plan((Bubble((*said, Cue(_QUESTIONS[ask])), _buttons(ask)),), asked, report=report)


def _put_again(memory: Memory, run: ReportRun, ask: Ask, said: tuple[Cue, ...], *, keep: bool = False) -> Plan:
    asked = replace(memory, report=replace(run, put=run.put + 1))
    asking = Bubble((*said, Cue(_QUESTIONS[ask])), _buttons(ask))
    return Plan((asking,), asked, report=ReportWrite.KEEP if keep else None)


def _back(memory: Memory, run: ReportRun, ask: Ask, frame: Frame) -> Plan:
    """The question before this one, to be answered anew."""
    asked = [one for one in Ask if one.value in run.settled or one is Ask.WHAT and run.told.get(one)]
    earlier = [one for one in asked if list(Ask).index(one) < list(Ask).index(ask)]
    before = earlier[-1] if earlier else Ask.DANGER
    settled = tuple(one for one in run.settled if one != before.value)
    return _put(memory, replace(run.without(before), settled=settled), before, (Cue(TextKey.ACK_SKIP),), keep=True)


def _service(reading: Reading, memory: Memory, run: ReportRun, ask: Ask) -> Plan:
    """The answer, then the question again; one that was put twice is left standing."""
    answer = Bubble(service_reply(reading.service), _buttons(ask))
    if run.put >= MOST_TIMES:
        return Plan((answer,), memory)
    return Plan(
        (replace(answer, buttons=()), bubble(_QUESTIONS[ask], buttons=_buttons(ask))),
        replace(memory, report=replace(run, put=run.put + 1)),
    )


def _picture(reading: Reading, memory: Memory, run: ReportRun, ask: Ask, frame: Frame) -> Plan:
    """What is true of a picture or sound here; the question goes on waiting, and more may come."""
    cue = Cue(Computed.REPORT_MEDIA, reading.act.value.removeprefix("event_"))
    taken = frame.report_sounds if reading.act is Act.AUDIO else frame.report_media
    shown = replace(memory, report=replace(run, pictures=run.pictures or taken))
    return Plan((bubble(cue, buttons=_buttons(ask)),), shown)


# --- the end ----------------------------------------------------------------------------------------------------------


def _confirm(reading: Reading, memory: Memory, run: ReportRun, frame: Frame) -> Plan:
    fix = FIXES.get(reading.words)
    if fix is not None:
        return _put(memory, replace(run, mending=True), fix, (Cue(TextKey.ACK_SKIP),))
    if reading.act is Act.DENY and run.put >= MOST_TIMES:
        # A second no: it isn't "sent"; what was told has arrived all the same, and that is what they hear.
        return stop(memory, memory)
    if reading.words == SEND or reading.act in (Act.AFFIRM, Act.THANKS, Act.SKIP) or run.put >= MOST_TIMES:
        more = run if reading.words == SEND or reading.act is not Act.UNCLEAR else _more(reading, run)
        return _finish(memory, more)
    if reading.act in (Act.DENY, Act.UNSURE):
        return _put_again(memory, run, Ask.CONFIRM, (Cue(TextKey.ACK_SKIP),))
    added = _more(reading, run)
    plan = _put(memory, added, Ask.CONFIRM, (Cue(TextKey.ACCEPT),), keep=True)
    return replace(plan, memory=replace(plan.memory, report=replace(added, asked=Ask.CONFIRM, put=run.put + 1)))


def _more(reading: Reading, run: ReportRun) -> ReportRun:
    """What somebody adds in place of a yes."""
    return run.with_words(Ask.WHAT, reading.words)


def _finish(memory: Memory, run: ReportRun) -> Plan:
    over = replace(memory.over(), report=replace(run, asked=None, over=True), receipts=0)
    return Plan((bubble(Computed.REPORT_DONE, buttons=(TALK,)),), over, report=ReportWrite.SEND)


def _buttons(ask: Ask) -> tuple[str, ...]:
    match ask:
        case Ask.CONFIRM:
            return (SEND, *FIXES, REPORT_STOP, TALK)
        case Ask.EVIDENCE:
            return (NO_MORE, REPORT_STOP, TALK)
        case _:
            titles = tuple(CHOICES.get(ask, ()))
            # One of a question's own choices may be the same word.
            return (*titles, *(one for one in (SKIP,) if one not in titles), REPORT_STOP, TALK)
