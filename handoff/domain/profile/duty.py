"""Who answers when a child is at risk, and how long things may take."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import field_validator, model_validator

from handoff.domain.closures import CalendarDate
from handoff.domain.hours import OpeningHours
from handoff.domain.notice import is_mail_address
from handoff.domain.profile.base import Count, Flag, Part, Positive, SilentPart, Slug, Words
from handoff.domain.profile.vocabulary import (
    Agency,
    ApprovalTimeout,
    EmergencyMode,
    EmergencyTrigger,
    HardEnd,
    LineMedium,
    ReportingClass,
)


class AcknowledgeMinutes(Part):
    """Minutes within which a person must have acknowledged an alarm of each level."""

    concern: Positive | None = None
    high: Positive | None = None
    critical: Positive | None = None

    @model_validator(mode="after")
    def _worse_is_faster(self) -> AcknowledgeMinutes:
        told = [minutes for minutes in (self.critical, self.high, self.concern) if minutes is not None]
        if told != sorted(told):
            raise ValueError("危険度が高いほど短くしてください（critical ≦ high ≦ concern）")
        return self


class LadderStep(Part):
    """One rung: whom the alarm reaches next, minutes after it was raised, and how.

    ``agency``: where this person belongs, so that a school is left out when one of its teachers is suspected.
    """

    who: Words
    after_minutes: Count
    phone: Words | None = None
    mail: Words | None = None
    agency: Agency | None = None

    @field_validator("mail")
    @classmethod
    def _one_address(cls, value: str | None) -> str | None:
        if value is not None and not is_mail_address(value):
            raise ValueError("mail にはメールアドレスを一つだけ書いてください（例 toban@example.jp）")
        return value


class OnCall(Part):
    """Who answers for alarms, when, how fast, and who comes next; no document names anybody (KAG-4.2 by night).

    ``escalate_high``: whether a message at high raises an alarm also while counsellors are on duty.
    """

    who: Words | None = None
    hours: OpeningHours = OpeningHours()
    acknowledge_minutes: Annotated[AcknowledgeMinutes, SilentPart] = AcknowledgeMinutes()
    ladder: tuple[LadderStep, ...] | None = None
    escalate_high: Flag | None = None

    @model_validator(mode="after")
    def _upwards(self) -> OnCall:
        minutes = [step.after_minutes for step in self.ladder or ()]
        if minutes != sorted(minutes):
            raise ValueError("ladder は after_minutes の小さい順に並べてください")
        return self


class EmergencyContact(Part):
    """One place in the order of calls; ``name`` as the document has it."""

    agency: Agency
    name: Words | None = None
    phone: Words | None = None


class Emergency(Part):
    """Whom people call, in this order, when a life is in danger; the bot calls nobody."""

    order: tuple[EmergencyContact, ...] | None = None
    mode: EmergencyMode | None = None
    flow_chart: Words | None = None
    caller: Words | None = None
    note: Words | None = None
    may_contact: tuple[Agency, ...] | None = None
    triggers: tuple[EmergencyTrigger, ...] | None = None
    patrol_life_post: tuple[EmergencyContact, ...] | None = None


class Reporting(Part):
    """報告区分 and the criteria agreed with the board (KAG-7.1)."""

    classes: tuple[ReportingClass, ...] | None = None
    criteria: Words | None = None


class SessionTimers(Part):
    """Minutes; none of them ever ends a session at high or critical.

    ``nudge_minutes``: also how long a student who stops in the middle of the bot's questions is left in peace before the
    one gentle line. ``intake_open_hours``: how long the questions then stay open; silent = a day. ``web_clear_minutes``:
    after the end a web chat's page keeps what was said for so long (WG-9g); silent = five. The record is not touched.
    """

    soft_limit_minutes: Positive | None = None
    nudge_minutes: Positive | None = None
    silence_close_minutes: Positive | None = None
    intake_open_hours: Positive | None = None
    web_clear_minutes: Positive | None = None
    hard_end: HardEnd | None = None

    @model_validator(mode="after")
    def _nudge_first(self) -> SessionTimers:
        nudge, close = self.nudge_minutes, self.silence_close_minutes
        if nudge is not None and close is not None and nudge >= close:
            raise ValueError("nudge_minutes は silence_close_minutes より短くしてください")
        return self


class Desk(Part):
    """How counsellors work at the desk; what no document says has a value that holds until the board decides.

    Attributes: live_per_counsellor: sessions that one person has at once; grace_seconds: how long a desk may be silent
    before its sessions go back to the queue; ageing_minutes: waiting that lifts a session by one band of the queue;
    waiting_minutes: pauses between the words that a waiting student hears, the last again and again; last_call_minutes:
    before the end of the hours; approve_trainees: whether a trainee's lines wait for a supervisor, for
    approval_minutes, and what comes then; push_reserve: LINE's pushes of a month that are kept for live talks; call_back:
    whether who left a message hears once that they can talk now, when a counsellor is really free, and
    call_back_hold_minutes: how long that place is then held for them; congested_waiting_per_counsellor: so many waiting
    for each counsellor on duty are a congestion (HOK-5.2, TAJ-N1).
    """

    live_per_counsellor: Positive = 3
    grace_seconds: Positive = 60
    ageing_minutes: Positive = 15
    waiting_minutes: tuple[Positive, ...] = (3, 10, 30)
    last_call_minutes: Positive = 10
    approve_trainees: Flag = True
    approval_minutes: Positive = 3
    approval_timeout: ApprovalTimeout = ApprovalTimeout.RETURN
    push_reserve: Count = 100
    call_back: Flag = False
    call_back_hold_minutes: Positive = 10
    congested_waiting_per_counsellor: Positive = 3

    @model_validator(mode="before")
    @classmethod
    def _silence_is_the_default(cls, value: Any) -> Any:
        return {name: told for name, told in value.items() if told is not None} if isinstance(value, dict) else value

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.grace_seconds)

    @property
    def call_back_hold(self) -> timedelta:
        return timedelta(minutes=self.call_back_hold_minutes)

    @property
    def ageing(self) -> timedelta:
        return timedelta(minutes=self.ageing_minutes)

    @property
    def last_call(self) -> timedelta:
        return timedelta(minutes=self.last_call_minutes)


class HelpLine(Part):
    """A phone line or text service outside this service, as dated data: numbers and hours drift.

    ``without_contract``: reachable from a handset without a call contract (WG-21); ``verified``: the day on which
    somebody last checked it against the operator's own page.
    """

    id: Slug
    name: Words
    medium: LineMedium
    number: Words | None = None
    url: Words | None = None
    hours: OpeningHours
    valid_from: CalendarDate
    valid_to: CalendarDate | None = None
    verified: CalendarDate | None = None
    without_contract: Flag | None = None
    note: Words | None = None

    @model_validator(mode="after")
    def _reachable(self) -> HelpLine:
        if self.medium is LineMedium.PHONE and self.number is None:
            raise ValueError("電話の窓口には number（電話番号）が必要です")
        if self.medium is LineMedium.TEXT and self.url is None:
            raise ValueError("文字の窓口には url が必要です")
        if any(version.national_holidays is None for version in self.hours.versions):
            raise ValueError("窓口の hours には national_holidays（open か closed）が必要です")
        return self
