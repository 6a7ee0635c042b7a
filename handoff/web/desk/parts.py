"""What the desk's routes need of the service; ``handoff/bootstrap`` opens it."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass

from handoff.services.desk.act_on_escalation import ActOnEscalation
from handoff.services.desk.approve_line import DecideLine
from handoff.services.desk.ask_instruction import AskInstruction, NoteAnswer
from handoff.services.desk.claim_session import ClaimSession, TakeOverSession
from handoff.services.desk.end_talk import CloseUntaken, EndTalk
from handoff.services.desk.fill_sheet import FillSheet, SaveSheet
from handoff.services.desk.pair import SetSecond, SwitchWriter
from handoff.services.desk.pass_on import AnswerOffer, OfferTransfer, ReleaseSession
from handoff.services.desk.presence import Presence
from handoff.services.desk.read_desk import ReadDesk
from handoff.services.desk.read_escalations import ReadEscalations
from handoff.services.desk.read_sheet import ReadSheet
from handoff.services.desk.record_other_way import RecordOtherWay
from handoff.services.desk.reveal_address import (
    AskForAddress,
    DecideAddress,
    OpenAddress,
    RevealAddress,
    ReviewAddress,
)
from handoff.services.desk.send_line import RetryLine, SendLine
from handoff.services.desk.show_typing import ShowTyping
from handoff.services.desk.sign_in import SignIn
from handoff.services.desk.sign_sheet import ReturnSheet, SignSheet
from handoff.services.desk.wishes import Wishes
from handoff.services.desk.write_note import KeepDraft, WriteNote
from handoff.services.setting import Setting
from handoff.web.desk.account_parts import AccountDesk
from handoff.web.desk.audit.parts import AuditDesk
from handoff.web.desk.broadcasts.parts import BroadcastDesk
from handoff.web.desk.card_parts import CardParts
from handoff.web.desk.care_parts import CareParts
from handoff.web.desk.evidence_parts import DeskEvidence
from handoff.web.desk.factors.parts import FactorDesk
from handoff.web.desk.facts.parts import FactDesk
from handoff.web.desk.faults.parts import FaultDesk
from handoff.web.desk.policies.parts import PolicyDesk
from handoff.web.desk.report_parts import ReportDesk
from handoff.web.desk.requests.parts import RequestDesk
from handoff.web.desk.retention.parts import RetentionDesk
from handoff.web.desk.rosters.parts import RosterDesk
from handoff.web.desk.schools.parts import SchoolDesk
from handoff.web.desk.shifts.parts import ShiftDesk


@dataclass(frozen=True, slots=True)
class DeskParts:
    """Attributes: origin: scheme, host and port at which people reach the desk; notes: says when the log may have grown;
    demo_accounts: name and password of the accounts for trying things out, empty where LINE is the real one.
    """

    setting: Setting
    sign_in: SignIn
    presence: Presence
    wishes: Wishes
    read: ReadDesk
    claim: ClaimSession
    take_over: TakeOverSession
    release: ReleaseSession
    offer: OfferTransfer
    answer_offer: AnswerOffer
    set_second: SetSecond
    switch_writer: SwitchWriter
    send: SendLine
    retry: RetryLine
    decide: DecideLine
    end: EndTalk
    close_untaken: CloseUntaken
    note: WriteNote
    draft: KeepDraft
    typing: ShowTyping
    care: CareParts
    evidence: DeskEvidence
    reports: ReportDesk
    read_escalations: ReadEscalations
    act_on_escalation: ActOnEscalation
    ask_instruction: AskInstruction
    note_answer: NoteAnswer
    reveal_address: RevealAddress
    ask_for_address: AskForAddress
    decide_address: DecideAddress
    open_address: OpenAddress
    review_address: ReviewAddress
    read_sheet: ReadSheet
    save_sheet: SaveSheet
    fill_sheet: FillSheet
    sign_sheet: SignSheet
    return_sheet: ReturnSheet
    record_other_way: RecordOtherWay
    cards: CardParts
    schools: SchoolDesk
    facts: FactDesk
    shifts: ShiftDesk
    faults: FaultDesk
    rosters: RosterDesk
    account: AccountDesk
    factors: FactorDesk
    policies: PolicyDesk
    requests: RequestDesk
    retention: RetentionDesk
    broadcasts: BroadcastDesk
    audit: AuditDesk
    notes: AsyncIterable[None]
    origin: str
    demo_accounts: Callable[[], Awaitable[tuple[tuple[str, str, str], ...]]]
