"""What these pages need of the service."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.services.ports import Store
from handoff.services.setting import Setting
from handoff.services.shifts.check_shift import (
    BeginShift,
    CloseShift,
    ConfirmItem,
    NoteShortage,
    OpenShift,
    WriteDutyNote,
)
from handoff.services.shifts.read_shift import ReadShifts
from handoff.services.shifts.ring_test import NoteReceipt, RingTest
from handoff.services.shifts.write_papers import ReadPapers, WritePaper


@dataclass(frozen=True, slots=True)
class ShiftDesk:
    """The verbs and reads of these pages."""

    read: ReadShifts
    papers: ReadPapers
    open: OpenShift
    ring_test: RingTest
    note_receipt: NoteReceipt
    confirm: ConfirmItem
    begin: BeginShift
    close: CloseShift
    note_shortage: NoteShortage
    write_note: WriteDutyNote
    write_paper: WritePaper


def shift_desk(store: Store, setting: Setting) -> ShiftDesk:
    """Make them."""
    return ShiftDesk(
        read=ReadShifts(store, setting),
        papers=ReadPapers(store, setting),
        open=OpenShift(store, setting),
        ring_test=RingTest(store, setting),
        note_receipt=NoteReceipt(store, setting),
        confirm=ConfirmItem(store, setting),
        begin=BeginShift(store, setting),
        close=CloseShift(store, setting),
        note_shortage=NoteShortage(store, setting),
        write_note=WriteDutyNote(store, setting),
        write_paper=WritePaper(store, setting),
    )
