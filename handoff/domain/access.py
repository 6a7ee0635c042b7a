"""Who may come to an address of the service: by which door, with which right, and how far that reaches.

The addresses with their rules are in ``web.access``. A verb keeps its own check: whoever reaches it by another way is
refused all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from handoff.domain.errors import NotCleared, NotFound, TraineeRefused
from handoff.domain.staff import Permission, StaffMember


class Door(StrEnum):
    """By what somebody is known at an address."""

    ANYBODY = "anybody"  # nothing is asked
    LINE = "line"  # the signature of LINE's platform
    CHAT = "chat"  # the cookie of a chat
    REPORT = "report"  # the token of a report that is being written or looked at
    ALARM = "alarm"  # the link of an alarm
    DEMO = "demo"  # nothing, and only while LINE is a stand-in
    HALF = "half"  # the password was right, the second factor isn't there yet
    SIGNED_IN = "signed_in"


class Reach(StrEnum):
    """Which of the things behind an address somebody gets who has the right; what isn't among them isn't there for them."""

    NOTHING = "nothing"  # the address holds none
    OWN = "own"  # one's own alone
    TEAM = "team"  # the team's, in this service
    TALK_SEEN = "talk_seen"  # of talks, those that one may read now
    TALK_OPEN = "talk_open"  # and those of whom one reads now
    TALK_CARE = "talk_care"  # and those for whom one has something to do
    TALK_HELD = "talk_held"  # those that one has; somebody else's is told to who knew of it
    SHEET = "sheet"  # of a talk that one may open, for who may fill it in
    CORRECTION = "correction"  # for who made it, who may decide on it, and supervisors
    FILE = "file"  # of a talk that one may open, or of a report
    REPORT = "report"  # every report that was sent
    ESCALATION = "escalation"  # open, or closed for less than a day; later one's own, and for supervisors
    OPENING = "opening"  # of such an escalation, or one that nobody has looked at yet
    WISH = "wish"  # of such an escalation; to open it one's own
    PHRASE = "phrase"  # one's own; of others' what was offered or shared
    NOTE = "note"  # the team's; to change it one's own, or as a supervisor
    PERSON = "person"  # everybody with an account; nobody changes their own entry
    REQUEST = "request"  # the service's; the board sees what waits for a second person
    INSTRUCTION = "instruction"  # the service's; questions for those who ask and answer them
    PAPER = "paper"  # the service's; unfinished for those who write it


#: Where a colleague with the same right is as far away as anybody else.
PERSONAL: Final = frozenset(
    {
        Reach.OWN,
        Reach.TALK_OPEN,
        Reach.TALK_CARE,
        Reach.TALK_HELD,
        Reach.SHEET,
        Reach.CORRECTION,
        Reach.FILE,
        Reach.ESCALATION,
        Reach.WISH,
        Reach.OPENING,
        Reach.PHRASE,
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may come to an address.

    Attributes: needs: one of these rights is enough, and without any whoever is signed in may come; reach: which things;
    uncleared: also who isn't on the roster today or has pledged nothing; trained: nobody in training.
    """

    door: Door
    needs: tuple[Permission, ...] = ()
    reach: Reach = Reach.NOTHING
    uncleared: bool = False
    trained: bool = False

    def admits(self, member: StaffMember) -> bool:
        """Whether somebody who is signed in may come; what lies there is another question."""
        if self.door is not Door.SIGNED_IN:
            return True
        if self.trained and member.trainee:
            return False
        if self.needs:
            return any(member.may(permission) for permission in self.needs)
        return self.uncleared or member.is_cleared

    def check(self, member: StaffMember, *, hidden: bool) -> None:
        """Args: hidden: the address names a thing, and whoever has no right to it isn't to know whether it is there.

        Raises: NotFound: as for a thing that isn't there. NotPermitted, NotCleared. TraineeRefused: they are told why,
            before anything was looked for.
        """
        if self.admits(member):
            return
        if self.trained and member.trainee and any(member.may(permission) for permission in self.needs):
            raise TraineeRefused("not in training")
        if hidden:
            raise NotFound("not for this person")
        if not self.needs:
            raise NotCleared("cleared")
        member.check(self.needs[0])
