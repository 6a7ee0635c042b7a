"""The service that the actions call, in memory: the same verbs, the same idempotence, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from handoff.domain.hours import HoursStatus
from handoff.domain.profile import Profile
from handoff.domain.report import Answers, Danger
from kernel.intake.quiet import QuietTime


@dataclass
class FakeSession:
    """What the service would know of a session."""

    state: str = "intake"
    answers: dict[str, str | None] = field(default_factory=dict)
    quiet: tuple[QuietTime, ...] = ()
    report: Answers | None = None
    sent: bool | None = None  # the report: None while it is told, False where it was left half-way
    done: dict[tuple[str, str], str] = field(default_factory=dict)  # (verb, message id) to the state it led to


class FakeBridge:
    """A bridge on one profile whose clock stands where it is put.

    Attributes: at: the service's time; sessions: by session id; writes: how many changes really happened.
    """

    def __init__(self, profile: Profile, at: datetime) -> None:
        """Start with no session at all."""
        self._profile = profile
        self.at = at
        self.sessions: dict[str, FakeSession] = {}
        self.writes = 0
        self.congested = False

    async def profile(self) -> Profile:
        """The one profile."""
        return self._profile

    def now(self) -> datetime:
        """Where the clock was put."""
        return self.at

    async def record_intake(self, session_id: str, message_id: str, answers: dict[str, str | None]) -> None:
        """Keep the answers, once a message."""
        session = self.session(session_id)
        if self._first(session, "record_intake", message_id):
            session.answers = dict(answers)

    async def request_handoff(self, session_id: str, message_id: str) -> str:
        """Waiting while the reception is open, else a message for the next opening."""
        session = self.session(session_id)
        if self._first(session, "request_handoff", message_id) and session.state != "waiting":
            on_duty = self._profile.hours.status(self.at) is HoursStatus.OPEN
            session.state = "waiting" if on_duty else "left_message"
        return self._state(session, "request_handoff", message_id)

    async def is_congested(self, session_id: str) -> bool:
        """As it was set."""
        return self.congested

    async def show(self, session_id: str, message_id: str) -> None:
        """A person looks at it; who already waits keeps waiting."""
        session = self.session(session_id)
        if self._first(session, "show", message_id) and session.state == "intake":
            session.state = "left_message"

    async def keep_quiet(self, session_id: str, message_id: str, times: Sequence[QuietTime]) -> None:
        """Keep the times, once a message."""
        session = self.session(session_id)
        if self._first(session, "keep_quiet", message_id):
            session.quiet = tuple(times)

    async def leave_message(self, session_id: str, message_id: str) -> str:
        """A one-way message; who already waits keeps waiting."""
        session = self.session(session_id)
        if self._first(session, "leave_message", message_id) and session.state == "intake":
            session.state = "left_message"
        return self._state(session, "leave_message", message_id)

    async def keep_report(self, session_id: str, message_id: str, answers: Answers) -> str:
        """Keep what was told; danger now calls somebody while the reception is open."""
        session = self.session(session_id)
        if self._first(session, "keep_report", message_id):
            if answers.danger is Danger.NOW and session.state != "waiting":
                on_duty = self._profile.hours.status(self.at) is HoursStatus.OPEN
                session.state = "waiting" if on_duty else "left_message"
            session.report = answers
        return self._state(session, "keep_report", message_id)

    async def send_report(self, session_id: str, message_id: str, *, unfinished: bool) -> str:
        """A message that was left; who already waits keeps waiting."""
        session = self.session(session_id)
        if self._first(session, "send_report", message_id) and session.report is not None:
            session.sent = not unfinished
            if session.state == "intake":
                session.state = "left_message"
        return self._state(session, "send_report", message_id)

    def report_url(self) -> str | None:
        """The page's address."""
        return "https://tsunagi.example.jp/report"

    def session(self, session_id: str) -> FakeSession:
        """The session, made at its first mention."""
        return self.sessions.setdefault(session_id, FakeSession())

    def _first(self, session: FakeSession, verb: str, message_id: str) -> bool:
        if (verb, message_id) in session.done:
            return False
        session.done[verb, message_id] = ""
        self.writes += 1
        return True

    def _state(self, session: FakeSession, verb: str, message_id: str) -> str:
        session.done[verb, message_id] = session.done[verb, message_id] or session.state
        return session.done[verb, message_id]
