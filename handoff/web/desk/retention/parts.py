"""What these pages need of the service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handoff.services.ports import Store
from handoff.services.retention.export_research import AskExport, DecideExport, TakeExport
from handoff.services.retention.hold_records import EndHold, HoldRecords
from handoff.services.retention.read_retention import ReadRetention
from handoff.services.retention.show_keeping import NoteConsent, PassOnWish, ShowKeeping
from handoff.services.setting import Setting

type CsvBytes = Callable[[Sequence[Sequence[str]]], bytes]


@dataclass(frozen=True, slots=True)
class RetentionDesk:
    """The verbs and reads of these pages. csv: a table as bytes that no spreadsheet calculates with."""

    read: ReadRetention
    keeping: ShowKeeping
    hold: HoldRecords
    end_hold: EndHold
    wish: PassOnWish
    consent: NoteConsent
    ask: AskExport
    decide: DecideExport
    take: TakeExport
    csv: CsvBytes


def retention_desk(store: Store, setting: Setting, csv: CsvBytes) -> RetentionDesk:
    """Make them."""
    return RetentionDesk(
        read=ReadRetention(store, setting),
        keeping=ShowKeeping(store, setting),
        hold=HoldRecords(store, setting),
        end_hold=EndHold(store, setting),
        wish=PassOnWish(store, setting),
        consent=NoteConsent(store, setting),
        ask=AskExport(store, setting),
        decide=DecideExport(store, setting),
        take=TakeExport(store, setting),
        csv=csv,
    )
