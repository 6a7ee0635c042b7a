"""The report's parts of the web process, and the cards that lead to them."""

from __future__ import annotations

from handoff.adapters.cards import Card, card_of, cards_pdf, qr_path
from handoff.bootstrap.core import Core
from handoff.domain.profile.vocabulary import Availability
from handoff.domain.school import School
from handoff.services.evidence.open import ReadEvidence
from handoff.services.report.leave_report import LeaveReport, WasLeft
from handoff.services.report.return_to_report import AddToReport, OpenByReceipt, ReadMine, WithdrawReport
from handoff.services.report.visits import HoldsVisit
from handoff.services.report.write_report import KeepReceipt, KeepReport, SendReport
from handoff.services.schools.read_register import OfferedSchools
from handoff.web.desk.card_parts import CardParts
from handoff.web.report.parts import ReportParts


def open_report(core: Core, origin: str) -> ReportParts:
    """Make the parts on what the web process has open; people reach it under this origin."""
    store, setting = core.store, core.setting
    return ReportParts(
        setting=setting,
        holds=HoldsVisit(store, setting),
        keep=KeepReport(store, setting),
        send=SendReport(store, setting),
        keep_receipt=KeepReceipt(store, setting),
        open=OpenByReceipt(store, setting),
        read=ReadMine(store, setting),
        add=AddToReport(store, setting),
        withdraw=WithdrawReport(store, setting),
        leave=LeaveReport(store, setting),
        was_left=WasLeft(store, setting),
        files=ReadEvidence(store, setting),
        schools=OfferedSchools(store, setting),
        origin=origin,
    )


def open_cards(core: Core, origin: str) -> CardParts:
    """The cards that lead to the pages under this origin."""
    setting = core.setting

    def card(school: School | None) -> Card:
        any_time = setting.profile.channels.report.availability is not Availability.SERVICE_HOURS
        return card_of(origin, setting.profile.service_name, school, any_time=any_time)

    return CardParts(
        schools=OfferedSchools(core.store, setting, hold=0),
        url=lambda school: card(school).url,
        qr=qr_path,
        pdf=lambda schools: cards_pdf([card(school) for school in schools]),
    )
