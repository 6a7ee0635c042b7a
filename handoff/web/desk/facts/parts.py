"""What these pages need of the service."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.services.desk.correct_sheet import CorrectSheet, DecideCorrection, ReadCorrections
from handoff.services.facts.count_facts import CountFacts
from handoff.services.ports import Store
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class FactDesk:
    """The verbs and reads of these pages."""

    count: CountFacts
    correct_sheet: CorrectSheet
    decide_correction: DecideCorrection
    corrections: ReadCorrections


def fact_desk(store: Store, setting: Setting) -> FactDesk:
    """Make them."""
    return FactDesk(
        CountFacts(store, setting),
        CorrectSheet(store, setting),
        DecideCorrection(store, setting),
        ReadCorrections(store, setting),
    )
