"""One session, many hands: whatever order things happen in, one person speaks, and no late line is delivered.

The model beside the session is a plain outbox and a count of *tenures*: a tenure ends when somebody else speaks. It
knows nothing of epochs, so that it can tell whether they do their work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from handoff.domain.errors import MoveRefused
from handoff.domain.session import Change, Owner, SessionView, State, changed

START: Final = datetime.fromisoformat("2026-11-20T18:00:00+09:00")
#: The design's table ("The session's states"), each row a from → to.
DESIGN: Final = {
    ("intake", "waiting"),
    ("intake", "live"),
    ("intake", "left_message"),
    ("intake", "closed"),
    ("left_message", "waiting"),
    ("left_message", "live"),
    ("left_message", "closed"),
    ("waiting", "left_message"),
    ("waiting", "live"),
    ("waiting", "closed"),
    ("live", "waiting"),
    ("live", "live"),
    ("live", "wrap_up"),
    ("wrap_up", "live"),
    ("wrap_up", "closed"),
}

#: Who may write: three counsellors, a supervisor, the on-call person (who has no account), and the bot.
COUNSELLORS: Final = ("counsellor-1", "counsellor-2", "counsellor-3")
IDS: Final[dict[str, UUID | None]] = {name: uuid4() for name in (*COUNSELLORS, "supervisor")} | {"on-call": None}
BOT: Final = "bot"
WITH_ACCOUNT: Final = st.sampled_from([*COUNSELLORS, "supervisor"])
WRITERS: Final = st.sampled_from([BOT, *IDS])


@dataclass(frozen=True)
class Look:
    """What somebody saw of the session at one moment, and may act on much later."""

    writer: str
    epoch: int
    spoke: bool
    tenure: int
    takings: int


class OneSession(RuleBasedStateMachine):
    """One session from its first word to the end, the outbox beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.session = SessionView(uuid4(), uuid4(), State.INTAKE, Owner.BOT, 0, None, None, None)
        self.now = START
        self.tenure = 0
        self.takings = 0
        self.looks: list[Look] = []
        self.outbox: list[Look] = []

    # --- the model ----------------------------------------------------------------------------------------------

    @property
    def speaker(self) -> str:
        """Who speaks in the service's name by the session's row."""
        if self.session.owner is Owner.BOT:
            return BOT
        return next(name for name, id_ in IDS.items() if id_ == self.session.counsellor_id)

    def change(self, change: Change, who: str, person: UUID | None = None) -> None:
        """Try it; what the table refuses leaves everything as it was."""
        self.now += timedelta(seconds=20)
        before, spoke = self.session, self.speaker
        try:
            after = changed(before, change, self.now, who, person)
        except MoveRefused as refused:
            assert (refused.from_state, refused.actor) == (before.state, who)
            return
        assert (before.state.value, after.state.value) in DESIGN
        assert after.offered_to is None
        assert after.epoch >= before.epoch
        if before.waiting_since is not None:
            assert after.waiting_since == before.waiting_since
        self.session = after
        self.takings += after.is_served and not before.is_served
        if self.speaker != spoke:
            self.tenure += 1  # that the epoch rose, too, shows at the delivery
        self.looks_at(self.speaker)

    # --- what people, the bot and the timers do -----------------------------------------------------------------

    @initialize()
    def everybody_looks(self) -> None:
        for writer in (BOT, *IDS):
            self.looks_at(writer)

    @rule(change=st.sampled_from([Change.REQUEST_HANDOFF, Change.LEAVE_MESSAGE]), who=st.sampled_from([BOT, "student"]))
    def asks_for_a_person(self, change: Change, who: str) -> None:
        self.change(change, who)

    @rule(who=WITH_ACCOUNT)
    def claims(self, who: str) -> None:
        self.change(Change.CLAIM, who, IDS[who])

    @rule(who=st.sampled_from(["supervisor", "on-call"]))
    def takes_over(self, who: str) -> None:
        self.change(Change.TAKE_OVER, who, IDS[who])

    @precondition(lambda self: self.session.is_served)
    @rule(who=WITH_ACCOUNT, offered=st.booleans())
    def is_asked_or_sits_beside(self, who: str, offered: bool) -> None:
        if self.session.counsellor_id != IDS[who]:
            them = IDS[who]
            now = self.session
            self.session = replace(now, offered_to=them) if offered else replace(now, second_id=them)

    @rule(who=WITH_ACCOUNT)
    def accepts(self, who: str) -> None:
        if self.session.offered_to == IDS[who]:
            self.change(Change.ACCEPT_TRANSFER, who, IDS[who])

    @rule()
    def the_pair_switches(self) -> None:
        if self.session.second_id is not None:
            self.change(Change.SWITCH_WRITER, self.speaker, self.session.second_id)

    @rule(who=st.sampled_from([*IDS]))
    def releases(self, who: str) -> None:
        if who == self.speaker:
            self.change(Change.RELEASE, who)

    @rule(change=st.sampled_from([Change.OPEN_WINDOW, Change.CLOSE_WINDOW, Change.LOSE_PRESENCE, Change.END]))
    def a_timer_strikes(self, change: Change) -> None:
        self.change(change, "worker")

    @rule(who=st.sampled_from(["student", *COUNSELLORS]))
    def ends(self, who: str) -> None:
        if who in ("student", self.speaker):
            self.change(Change.END, who)

    @rule()
    def writes_again(self) -> None:
        self.change(Change.RETURN, "student")

    @rule(who=st.sampled_from(["student", "worker", *COUNSELLORS]))
    def closes(self, who: str) -> None:
        self.change(Change.CLOSE, who)

    @rule(change=st.sampled_from(Change), who=st.sampled_from([*IDS]))
    def tries_anything(self, change: Change, who: str) -> None:
        if change is not Change.CLOSE:  # else most of the plays would be short
            self.change(change, who, IDS[who])

    # --- lines --------------------------------------------------------------------------------------------------

    @rule(writer=WRITERS)
    def looks_at(self, writer: str) -> None:
        spoke = writer == self.speaker
        self.looks.append(Look(writer, self.session.epoch, spoke, self.tenure, self.takings))

    @rule(data=st.data())
    def writes(self, data: st.DataObject) -> None:
        """A line under what its writer saw now or long ago: nothing holds it back before its delivery."""
        self.outbox.append(data.draw(st.sampled_from(self.looks)))

    @rule()
    def writes_at_once(self) -> None:
        self.looks_at(self.speaker)
        self.outbox.append(self.looks[-1])

    @precondition(lambda self: self.outbox)
    @rule(data=st.data())
    def delivers(self, data: st.DataObject) -> None:
        line = self.outbox.pop(data.draw(st.integers(0, len(self.outbox) - 1)))
        if self.goes_out(line):
            self.check_line(line)

    def goes_out(self, line: Look) -> bool:
        """The delivery's rule: the epoch is the session's, and whoever wrote it spoke under that epoch."""
        return line.spoke and line.epoch == self.session.epoch

    def check_line(self, line: Look) -> None:
        assert line.writer == self.speaker, "a line of somebody who lost the session"
        assert line.tenure == self.tenure, "a line from before it changed hands and came back"
        if line.writer == BOT:
            assert not self.session.is_served, "the bot speaks into a person's talk"
            assert line.takings == self.takings, "the bot's line comes after a person took it"

    # --- what always holds --------------------------------------------------------------------------------------

    @invariant()
    def no_line_that_anybody_could_still_have_is_stale(self) -> None:
        """As if each who ever saw the session wrote then and LINE was slow until now: the delivery at every moment."""
        for line in {*self.looks, *self.outbox}:
            if self.goes_out(line):
                self.check_line(line)

    @invariant()
    def somebody_has_it(self) -> None:
        one = self.session
        match one.state:
            case State.INTAKE | State.LEFT_MESSAGE | State.WAITING:
                assert (one.owner, one.counsellor_id, one.second_id) == (Owner.BOT, None, None)
            case State.LIVE | State.WRAP_UP:
                assert one.owner is (Owner.ON_CALL if one.counsellor_id is None else Owner.COUNSELLOR)
                assert one.claimed_at is not None
                assert one.taken_at is not None
                assert one.claimed_at <= one.taken_at
                assert one.second_id is None or one.second_id != one.counsellor_id
        assert one.is_served is (one.state is State.LIVE)

    @invariant()
    def whoever_waits_has_a_place(self) -> None:
        assert self.session.state is not State.WAITING or self.session.waiting_since is not None

    @invariant()
    def closed_is_final(self) -> None:
        if self.session.state is State.CLOSED:
            for change in Change:
                with pytest.raises(MoveRefused):
                    changed(self.session, change, self.now, "anybody", uuid4())


TestOneSession = OneSession.TestCase
TestOneSession.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)


# --- the same by hand, for those who read -----------------------------------------------------------------------------


def test_a_line_from_before_a_loss_stays_undelivered_when_the_session_comes_back() -> None:
    play = OneSession()
    for step in ("asks", "claims", "writes", "releases", "claims"):
        match step:
            case "asks":
                play.change(Change.REQUEST_HANDOFF, BOT)
            case "claims":
                play.change(Change.CLAIM, "counsellor-1", IDS["counsellor-1"])
            case "writes":
                play.writes_at_once()
            case _:
                play.change(Change.RELEASE, "counsellor-1")
    (line,) = play.outbox
    assert play.speaker == line.writer == "counsellor-1"
    assert line.epoch != play.session.epoch


@pytest.mark.parametrize("taken_by", ["counsellor-2", "on-call"])
def test_the_bot_s_late_line_is_stale_once_a_person_took_it(taken_by: str) -> None:
    play = OneSession()
    play.writes_at_once()
    play.change(Change.TAKE_OVER, taken_by, IDS[taken_by])
    assert play.outbox[0].writer == BOT
    assert play.outbox[0].epoch != play.session.epoch
    play.change(Change.LOSE_PRESENCE, "worker")
    assert play.outbox[0].epoch != play.session.epoch
