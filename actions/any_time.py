"""What may come at any time and is answered the same wherever the conversation stands: a wish for a person, an end, a
start over, a wish for quiet, silence, a prank, a sticker or picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from actions.after_form import receipt
from actions.buttons import REPORT, TALK, Act
from actions.memory import Answers, Memory, Stage
from actions.plan import Computed, Cue, Effect, Plan, bubble
from actions.reading import Reading
from actions.report_end import half, stop
from handoff.domain.texts import TextKey
from kernel.intake.quiet import ALL_DAY

_MEDIA: Final = frozenset({Act.STICKER, Act.IMAGE, Act.VIDEO, Act.AUDIO, Act.FILE, Act.LOCATION, Act.UNKNOWN_EVENT})
#: May be an answer within a procedure: a saved screen.
PICTURES: Final = frozenset({Act.IMAGE, Act.VIDEO, Act.FILE})
#: May belong to a report: recorded words as well.
FILES: Final = PICTURES | {Act.AUDIO}
#: Nothing that comes from a session at risk is refused: these are received there like words.
_REFUSABLE: Final = frozenset({Act.IMAGE, Act.VIDEO, Act.AUDIO, Act.FILE})
#: Stickers in a row that are answered each; then one in so many is (TAJ-N3), as with pranks after the first.
STICKERS_ANSWERED: Final = 2
ONE_IN: Final = 5


def at_any_time(
    reading: Reading, before: Memory, memory: Memory, waiting: tuple[str, ...], *, first: bool
) -> Plan | None:
    """The turn that answers such a message; None for any other.

    Args: waiting: quick replies of the question that still waits, which goes on waiting.
    """
    # Who is at risk or waits for a person is never left without a word, whatever they send.
    quiet_ends = reading.interrupted or memory.stage is not Stage.INTAKE
    match reading.act:
        case Act.ASK_HUMAN:
            return replace(_hand_off(before, memory), report=half(before))
        case Act.LEAVE_MESSAGE:
            left = replace(memory.over(), receipts=0, stage=not_back(memory.stage))
            plan = Plan((bubble(Computed.LEFT_MESSAGE),), left, Effect.LEAVE_MESSAGE, record=before.in_procedure)
            return replace(plan, report=half(before))
        case Act.FOLLOW:
            undecided = memory.stage is Stage.INTAKE and not reading.interrupted
            greeting = () if first else (TextKey.GREETING,)
            return Plan((bubble(*greeting, TextKey.INVITE, buttons=(TALK, REPORT) if undecided else ()),), memory)
        case Act.STOP if before.in_report:
            return stop(before, memory)
        case Act.STOP:
            alone = memory.stage is Stage.INTAKE and not reading.interrupted
            if before.has_procedure_answers:
                # What was answered reaches a counsellor, also without the rest (HYO-4.1⑥).
                left = replace(memory.over(), receipts=0, stage=not_back(memory.stage))
                return Plan((bubble(TextKey.GOODBYE_RECEIVED),), left, Effect.LEAVE_MESSAGE, record=True)
            text = TextKey.GOODBYE if alone else TextKey.GOODBYE_RECEIVED
            return Plan((bubble(text),), memory.over(), record=before.in_procedure)
        case Act.START_OVER:
            # What was told of a report has been read by then, or is: it isn't taken back by beginning anew.
            return replace(_start_over(memory, reading), report=half(before))
        case Act.PRANK if memory.in_report:
            return None  # what was said to somebody may be quoted
        case Act.PRANK if quiet_ends:
            return receipt(memory)
        case Act.PRANK if not memory.in_procedure:
            return _prank(memory, waiting)
        case Act.QUIET_HOURS if not (memory.in_procedure or memory.in_report) or ALL_DAY not in reading.quiet:
            return _quiet(reading, memory, waiting)
        case Act.SILENCE:
            return Plan((bubble(TextKey.TAKE_YOUR_TIME, buttons=waiting),), memory)
        case act if reading.interrupted and act in _REFUSABLE:
            return receipt(memory)
        case Act.STICKER if quiet_ends:
            return receipt(memory)
        case Act.STICKER if memory.stickers > STICKERS_ANSWERED and memory.stickers % ONE_IN:
            return Plan((), memory)
        case act if act in _MEDIA and not (
            (memory.in_procedure and act in PICTURES) or (memory.in_report and act in FILES)
        ):
            cue = Cue(Computed.MEDIA, act.value.removeprefix("event_"))
            return Plan((bubble(cue, buttons=waiting),), memory)
    return None


def _hand_off(before: Memory, memory: Memory) -> Plan:
    after = replace(memory.over(), receipts=0, stage=Stage.WAITING)
    already = before.stage is Stage.WAITING
    plan = Plan((bubble(Cue(Computed.HANDOFF, "already" if already else "")),), after, Effect.HANDOFF)
    return replace(plan, record=before.in_procedure)


def not_back(stage: Stage) -> Stage:
    """Who already waits for a counsellor keeps waiting; a message more changes nothing."""
    return stage if stage is Stage.WAITING else Stage.LEFT_MESSAGE


def _start_over(memory: Memory, reading: Reading) -> Plan:
    """The answers are gone; who already asked for a person keeps the place, and isn't asked again."""
    cleared = replace(
        memory,
        answers=Answers(),
        settled=frozenset(),
        declined=frozenset(),
        unknown=frozenset(),
        asked=None,
        put=0,
        unclear=0,
        offers=0,
        again=False,
        kind=None,
        progress=None,
        report=None,
        year=None,
    )
    if memory.stage is not Stage.INTAKE:
        return Plan((bubble(TextKey.STARTED_OVER, TextKey.RECEIPT),), cleared, record=True)
    again = replace(cleared, done=False, resumed=reading.interrupted)
    return Plan((bubble(TextKey.STARTED_OVER, TextKey.INVITE),), again, record=True)


def _prank(memory: Memory, waiting: tuple[str, ...]) -> Plan:
    """Answered once, calmly, then briefly and rarely; a person looks at the session, nobody is blocked (TAJ-5, TAJ-N3)."""
    memory = replace(memory, pranks=memory.pranks + 1)
    if memory.pranks == 1:
        return Plan((bubble(TextKey.PRANK, buttons=waiting),), memory, Effect.SHOW)
    if memory.pranks % ONE_IN == 0:
        return Plan((bubble(TextKey.PRANK_AGAIN, buttons=waiting),), memory)
    return Plan((), memory)


def _quiet(reading: Reading, memory: Memory, waiting: tuple[str, ...]) -> Plan:
    """When nothing may be sent unasked: said back, so that a misunderstanding shows."""
    times = reading.quiet or (ALL_DAY,)
    said = Cue(TextKey.QUIET_ALWAYS)
    if ALL_DAY not in times:
        said = Cue(TextKey.QUIET_KEPT, "、".join(time.spoken() for time in times))
    return Plan((bubble(said, buttons=waiting),), memory, quiet=times)
