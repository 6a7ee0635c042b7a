"""The desk's parts."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Final

import structlog

from handoff.adapters.cards import qr_path
from handoff.adapters.drills import load_drills
from handoff.adapters.notifier import LogNotes
from handoff.adapters.one_time_numbers import PyotpNumbers
from handoff.adapters.passwords import ArgonPasswords
from handoff.adapters.phrases import load_phrases
from handoff.adapters.register_files import csv_bytes, read_file, xlsx_bytes
from handoff.adapters.risk import rules_in_force
from handoff.bootstrap.core import Core
from handoff.bootstrap.evidence import desk_evidence
from handoff.bootstrap.report import open_cards
from handoff.bootstrap.roster import put_on_roster
from handoff.domain.errors import InputRefused
from handoff.domain.staff import ROLE_NAMES, StaffRole
from handoff.services.desk.accounts import Accounts
from handoff.services.desk.act_on_escalation import ActOnEscalation
from handoff.services.desk.approve_line import DecideLine
from handoff.services.desk.ask_instruction import AskInstruction, NoteAnswer
from handoff.services.desk.claim_session import ClaimSession, TakeOverSession
from handoff.services.desk.confirm_password import ConfirmPassword
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
from handoff.services.outside import LineSender
from handoff.settings import ROOT
from handoff.web.desk.account_parts import account_desk
from handoff.web.desk.audit.parts import audit_desk
from handoff.web.desk.broadcasts.parts import broadcast_desk
from handoff.web.desk.care_parts import care_parts
from handoff.web.desk.factors.parts import factor_desk
from handoff.web.desk.facts.parts import fact_desk
from handoff.web.desk.faults.parts import fault_desk
from handoff.web.desk.parts import DeskParts
from handoff.web.desk.policies.parts import policy_desk
from handoff.web.desk.report_parts import report_desk
from handoff.web.desk.requests.parts import request_desk
from handoff.web.desk.retention.parts import retention_desk
from handoff.web.desk.rosters.parts import roster_desk
from handoff.web.desk.schools.parts import school_desk
from handoff.web.desk.shifts.parts import shift_desk

log = structlog.get_logger(__name__)

#: People of the demo, with the one password that the way in shows; the service lets none of them in while LINE is real.
DEMO_PASSWORD: Final = "tsunagi-demo"  # noqa: S105 - shown to everybody who tries the demo
DEMO_PEOPLE: Final = (
    ("yuki", "ゆき", StaffRole.COUNSELLOR, False),
    ("sora", "そら", StaffRole.COUNSELLOR, False),
    ("hikari", "ひかり", StaffRole.COUNSELLOR, True),
    ("minato", "みなと", StaffRole.SUPERVISOR, False),
    ("kaede", "かえで", StaffRole.ADMINISTRATOR, False),
    ("iinkai", "教育委員会", StaffRole.BOARD, False),
)


def open_desk(core: Core, line: LineSender, database_url: str, origin: str, *, demo: bool) -> DeskParts:
    """Make the desk's parts on what the web process has open."""
    store, setting = core.store, core.setting
    passwords = ArgonPasswords()
    sign_in = SignIn(store, setting, passwords, demo=demo)

    async def demo_accounts() -> tuple[tuple[str, str, str], ...]:
        if not demo:
            return ()
        return tuple(
            (name, DEMO_PASSWORD, f"{alias}（{_told(role, trainee)}）") for name, alias, role, trainee in DEMO_PEOPLE
        )

    return DeskParts(
        setting=setting,
        sign_in=sign_in,
        presence=Presence(store, setting),
        wishes=Wishes(store),
        read=ReadDesk(store, setting),
        claim=ClaimSession(store, setting),
        take_over=TakeOverSession(store, setting),
        release=ReleaseSession(store, setting),
        offer=OfferTransfer(store, setting),
        answer_offer=AnswerOffer(store, setting),
        set_second=SetSecond(store, setting),
        switch_writer=SwitchWriter(store, setting),
        send=SendLine(store, setting),
        retry=RetryLine(store, setting),
        decide=DecideLine(store, setting),
        end=EndTalk(store, setting),
        close_untaken=CloseUntaken(store, setting),
        note=WriteNote(store, setting),
        draft=KeepDraft(store, setting),
        typing=ShowTyping(store, setting, line),
        care=care_parts(store, setting, load_phrases(ROOT / "data" / "desk" / "phrases.yml")),
        reports=report_desk(store, setting),
        evidence=desk_evidence(core),
        read_escalations=ReadEscalations(store, setting),
        act_on_escalation=ActOnEscalation(store, setting),
        ask_instruction=AskInstruction(store, setting),
        note_answer=NoteAnswer(store, setting),
        reveal_address=RevealAddress(store, setting),
        ask_for_address=AskForAddress(store, setting),
        decide_address=DecideAddress(store, setting),
        open_address=OpenAddress(store, setting),
        review_address=ReviewAddress(store, setting),
        read_sheet=ReadSheet(store, setting, ReadDesk(store, setting)),
        save_sheet=SaveSheet(store, setting),
        fill_sheet=FillSheet(store, setting),
        sign_sheet=SignSheet(store, setting),
        return_sheet=ReturnSheet(store, setting),
        cards=open_cards(core, origin),
        record_other_way=RecordOtherWay(store, setting),
        schools=school_desk(store, setting, read_file, {"csv": csv_bytes, "xlsx": xlsx_bytes}),
        facts=fact_desk(store, setting),
        shifts=shift_desk(store, setting),
        faults=fault_desk(store, setting, load_drills(ROOT / "data" / "drills")),
        rosters=roster_desk(store, setting, passwords),
        account=account_desk(store, setting, passwords, sign_in),
        factors=factor_desk(
            store, setting, sign_in, ConfirmPassword(store, setting, passwords), PyotpNumbers(), qr_path
        ),
        policies=policy_desk(store, setting, partial(rules_in_force, ROOT / "data")),
        requests=request_desk(store, setting),
        retention=retention_desk(store, setting, csv_bytes),
        broadcasts=broadcast_desk(store, setting),
        audit=audit_desk(store, setting, core.store.hashed),
        notes=LogNotes(database_url),
        origin=origin,
        demo_accounts=demo_accounts,
    )


def _told(role: StaffRole, trainee: bool) -> str:
    return "研修中の相談員" if trainee else ROLE_NAMES[role]


async def ensure_demo_people(core: Core) -> None:
    """Make the demo's accounts where they aren't there yet, and put its people on the roster: who is in training has none
    yet, and the board isn't on it.
    """
    accounts = Accounts(core.store, core.setting, ArgonPasswords())
    for name, alias, role, trainee in DEMO_PEOPLE:
        async with core.store.reading() as tx:
            account = await tx.staff.account(name)
        with contextlib.suppress(InputRefused):  # another web process was quicker
            member = (
                account.member
                if account
                else await accounts.add(name, alias, role, DEMO_PASSWORD, trainee=trainee, demo=True)
            )
            await put_on_roster(core.store, core.setting, member, trainee=trainee, trained=not trainee)
