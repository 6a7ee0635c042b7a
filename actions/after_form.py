"""What the bot says when the form is over: every message is received, and a person stays in reach (TAJ-N2).

After the risk screen's interrupt the receipts are short and kind and offer nothing to choose from: who said that they
want to die isn't shown a menu. A counsellor is still a word away.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from actions.buttons import LEAVE, TALK, Act, Role
from actions.memory import Memory, Stage
from actions.plan import Bubble, Computed, Cue, Plan, bubble
from actions.questions import accepting
from actions.reading import Reading
from actions.replies import service_reply
from handoff.domain.texts import TextKey

Said = tuple[TextKey | Computed | Cue, ...]
WAYS_ON: Final = (TALK, LEAVE)
SMALL: Final = {Act.GREET: TextKey.GREETING, Act.THANKS: TextKey.THANKS, Act.CHITCHAT: TextKey.CHITCHAT}


def after_the_form(reading: Reading, before: Memory, memory: Memory, corrected: str | None) -> Plan:
    """The turn that answers ``reading`` when the form is over."""
    undecided = memory.stage is Stage.INTAKE and not reading.interrupted
    if reading.act is Act.SERVICE:
        return Plan((Bubble(service_reply(reading.service), WAYS_ON if undecided else ()),), memory)
    if reading.act is Act.THANKS:
        return Plan((bubble(TextKey.THANKS),), memory)
    if reading.act is Act.GREET and reading.interrupted and memory.stage is Stage.INTAKE:
        return Plan((bubble(TextKey.GREETING, TextKey.INVITE),), memory)
    noted: tuple[Cue, ...] = (Cue(TextKey.ACK_CORRECTION, corrected),) if corrected else ()
    if undecided:
        return _before_a_choice(reading, before, memory, noted)
    if reading.secrecy:
        noted = (*noted, Cue(Computed.SECRECY))
    return receipt(memory, noted)


def receipt(memory: Memory, first: tuple[Cue, ...] = ()) -> Plan:
    """A receipt that doesn't read like a stuck machine: full, short, short, then the read mark explained (TAJ-N2)."""
    turn = memory.receipts % 4
    if memory.stage is Stage.LEFT_MESSAGE:
        text = TextKey.MESSAGE_RECEIVED if turn == 0 else TextKey.MESSAGE_RECEIVED_AGAIN
    else:
        text = (TextKey.RECEIPT, TextKey.RECEIPT_AGAIN, TextKey.RECEIPT_READ_MARK, TextKey.RECEIPT_AGAIN)[turn]
    return Plan((bubble(*first, text),), replace(memory, receipts=memory.receipts + 1))


def care(reading: Reading, before: Memory, memory: Memory) -> Plan:
    """Heavy words: the form ends, one open invitation, a person in reach (the screen's interrupt outranks this)."""
    if memory.stage is not Stage.INTAKE:
        return receipt(memory)
    if reading.interrupted:
        thanks = () if memory.receipts % 3 else (TextKey.ACCEPT,)
        over = replace(memory.over(), receipts=memory.receipts + 1)
        return Plan((bubble(*thanks, TextKey.CARE_GOES_ON),), over)
    texts: Said = (TextKey.CARE_AGAIN if memory.offers else TextKey.CARE,)
    if memory.answers.role not in (None, Role.SELF):
        texts = (accepting(memory.answers, new_friend=new_friend(before, memory)), TextKey.CARE_GOES_ON)
    elif reading.act is Act.CANNOT_PHONE:
        texts = (TextKey.SERVICE_PHONE, TextKey.CARE_GOES_ON)
    elif reading.act in (Act.RISK_NO_WISH, Act.RISK_UNSURE):
        # They didn't say that it is hard; that is not for the bot to say.
        texts = (TextKey.CARE_AGAIN,)
    lines = () if reading.act is Act.CANNOT_PHONE else (Computed.LINES_IF_CLOSED,)
    said = bubble(*texts, Computed.CLOSED_NOW, *lines, buttons=WAYS_ON)
    return Plan((said,), replace(memory.over(), offers=memory.offers + 1))


def new_friend(before: Memory, memory: Memory) -> bool:
    """Whether this message told that a friend is meant."""
    return memory.answers.role is Role.FRIEND and before.answers.role is None


def _before_a_choice(reading: Reading, before: Memory, memory: Memory, noted: tuple[Cue, ...]) -> Plan:
    """The form is over and no way on was chosen: whatever comes is received, and both ways stay in reach.

    They are named at the first and then at every third message; in between the buttons are enough.
    """
    new_topic = memory.answers.topic is not None and before.answers.topic is None
    told_more = new_topic or memory.answers != before.answers
    goes_on = TextKey.OFFER_AGAIN if memory.offers % 3 <= 1 else TextKey.CARE_GOES_ON
    said: Said
    if noted:
        said = (*noted, goes_on)
    elif reading.act in (Act.DENY, Act.SKIP, Act.UNSURE) or reading.declined:
        said = (TextKey.KEEP_WRITING,)
    elif reading.act is Act.AFFIRM:
        said = (TextKey.OFFER_AGAIN if memory.offers <= 1 else TextKey.KEEP_WRITING,)
    elif new_topic:
        said = (accepting(memory.answers, new_friend=new_friend(before, memory)), goes_on)
    elif reading.story or reading.telling or reading.act is Act.TOPIC:
        said = (TextKey.ACCEPT_LONG if reading.story else TextKey.ACCEPT, goes_on)
    elif reading.act is Act.UNCLEAR and not told_more:
        said = (TextKey.UNCLEAR_AGAIN if memory.offers else TextKey.UNCLEAR,)
    elif reading.act is Act.GREET:
        said = (TextKey.GREETING, TextKey.INVITE)
    else:
        said = (SMALL.get(reading.act, TextKey.ACK), goes_on)
    if reading.secrecy:
        said = (*said[:1], Computed.SECRECY, *said[1:])
    return Plan((bubble(*said, buttons=WAYS_ON),), replace(memory, offers=memory.offers + 1))
