"""What the web process needs of the service; ``handoff/bootstrap`` opens it, the routes use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from handoff.domain.incoming import Arrival
from handoff.services.acknowledge_escalation import (
    AcknowledgeEscalation,
    RecordCall,
    StartContact,
    TakeOverEscalation,
)
from handoff.services.answer_from_alarm import AnswerFromAlarm
from handoff.services.break_glass import BreakGlass, ReviewGlass
from handoff.services.close_escalation import CloseEscalation
from handoff.services.read_alarm import ReadAlarm
from handoff.web.chat.parts import ChatParts
from handoff.web.desk.parts import DeskParts
from handoff.web.fair.fair import Fair
from handoff.web.hosts import Hosts
from handoff.web.policy.parts import PolicyParts
from handoff.web.report.parts import ReportParts
from handoff.web.report_evidence import EvidenceParts
from handoff.web.simulator import Demo

#: A check of readiness: None when the part answers, else the code of what is wrong.
Check = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class AlarmVerbs:
    """What the alarm's page can do.

    Attributes: form_token: what the forms of a link's page hold, from the link's token and a key of the server's;
    origin: scheme, host and port at which people reach the page.
    """

    read: ReadAlarm
    acknowledge: AcknowledgeEscalation
    take_over: TakeOverEscalation
    contact: StartContact
    record_call: RecordCall
    answer: AnswerFromAlarm
    close: CloseEscalation
    break_glass: BreakGlass
    review_glass: ReviewGlass
    form_token: Callable[[str], str]
    origin: str


@dataclass(frozen=True, slots=True)
class WebParts:
    """Attributes: read_webhook: signature and JSON of a webhook's bytes (raises WebhookRefused); accept_events: stores
    what came (raises StoreUnavailable); checks: by the part's name; notes: what else is told there, and keeps nobody waiting;
    alarm: the on-call page's; desk: the counsellors'; demo: None outside a demo;
    fair: asks for work in a flood (by default with a key of this process alone); report: the report's pages;
    chat: the web chat's; policy: the public pages' of the policy; proxies: how many of the operator's own stand before us
    and name the visitor's address; hosts: by which names we are called (None: by any, for tests alone); https: whether
    people reach us encrypted.
    """

    read_webhook: Callable[[bytes, str | None], Sequence[Arrival]]
    accept_events: Callable[[Sequence[Arrival]], Awaitable[int]]
    checks: Mapping[str, Check]
    alarm: AlarmVerbs
    desk: DeskParts
    demo: Demo | None
    fair: Fair = field(default_factory=Fair)
    report: ReportParts | None = None
    evidence: EvidenceParts | None = None
    chat: ChatParts | None = None
    policy: PolicyParts | None = None
    proxies: int = 0
    notes: Mapping[str, Check] = field(default_factory=dict)
    hosts: Hosts | None = None
    https: bool = False


#: Opens the parts inside the server's event loop; picklable, as Sanic wants it.
OpenParts = Callable[[], AbstractAsyncContextManager[WebParts]]
