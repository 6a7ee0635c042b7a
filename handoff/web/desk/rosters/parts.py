"""What these pages need of the service."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.services.desk.passwords import Passwords
from handoff.services.ports import Store
from handoff.services.rosters.keep_entries import AddEntry, AnnounceEntry, WithdrawEntry
from handoff.services.rosters.keep_trainings import AddTraining, RemoveTraining
from handoff.services.rosters.pledge_secrecy import PledgeSecrecy, RecordPaperPledge
from handoff.services.rosters.read_roster import PrintRoster, ReadPerson, ReadRoster
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class RosterDesk:
    """The verbs and reads of these pages."""

    read: ReadRoster
    read_person: ReadPerson
    print: PrintRoster
    add_entry: AddEntry
    announce: AnnounceEntry
    withdraw: WithdrawEntry
    add_training: AddTraining
    remove_training: RemoveTraining
    pledge: PledgeSecrecy
    record_paper: RecordPaperPledge


def roster_desk(store: Store, setting: Setting, passwords: Passwords) -> RosterDesk:
    """Make them."""
    return RosterDesk(
        read=ReadRoster(store, setting),
        read_person=ReadPerson(store, setting),
        print=PrintRoster(store, setting),
        add_entry=AddEntry(store, setting),
        announce=AnnounceEntry(store, setting),
        withdraw=WithdrawEntry(store, setting),
        add_training=AddTraining(store, setting),
        remove_training=RemoveTraining(store, setting),
        pledge=PledgeSecrecy(store, setting, passwords),
        record_paper=RecordPaperPledge(store, setting),
    )
