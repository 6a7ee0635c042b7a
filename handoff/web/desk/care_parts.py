"""What the pages beside the talks need of the service: tasks, plans, the board of notes, phrases, LINE's pushes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handoff.domain.phrase import Phrase
from handoff.services.desk.close_window import CloseWindow, LiftClosure, PlanClosure, ReadClosures
from handoff.services.desk.follow_up import AddFollowUp, FinishFollowUp, MoveFollowUp, ReadFollowUps
from handoff.services.desk.keep_care import KeepCare, ReadCare
from handoff.services.desk.keep_phrase import KeepPhrase, OfferPhrase, ReviewPhrase
from handoff.services.desk.knowledge import ReadKnowledge, RemoveKnowledge, WriteKnowledge
from handoff.services.desk.read_phrases import ReadPhrases
from handoff.services.ports import Store
from handoff.services.setting import Setting
from handoff.services.watch_quota import ReadQuota


@dataclass(frozen=True, slots=True)
class CareParts:
    """The verbs and reads of these pages."""

    read_follow_ups: ReadFollowUps
    add_follow_up: AddFollowUp
    finish_follow_up: FinishFollowUp
    move_follow_up: MoveFollowUp
    read_care: ReadCare
    keep_care: KeepCare
    read_knowledge: ReadKnowledge
    write_knowledge: WriteKnowledge
    remove_knowledge: RemoveKnowledge
    read_phrases: ReadPhrases
    keep_phrase: KeepPhrase
    offer_phrase: OfferPhrase
    review_phrase: ReviewPhrase
    quota: ReadQuota
    read_closures: ReadClosures
    close_window: CloseWindow
    plan_closure: PlanClosure
    lift_closure: LiftClosure


def care_parts(store: Store, setting: Setting, shared: Sequence[Phrase]) -> CareParts:
    """Make them. Args: shared: the phrases that come with the service."""
    return CareParts(
        read_follow_ups=ReadFollowUps(store, setting),
        add_follow_up=AddFollowUp(store, setting),
        finish_follow_up=FinishFollowUp(store, setting),
        move_follow_up=MoveFollowUp(store, setting),
        read_care=ReadCare(store, setting),
        keep_care=KeepCare(store, setting),
        read_knowledge=ReadKnowledge(store, setting),
        write_knowledge=WriteKnowledge(store, setting),
        remove_knowledge=RemoveKnowledge(store, setting),
        read_phrases=ReadPhrases(store, setting, shared),
        keep_phrase=KeepPhrase(store, setting, shared),
        offer_phrase=OfferPhrase(store, setting),
        review_phrase=ReviewPhrase(store, setting, shared),
        quota=ReadQuota(store, setting),
        read_closures=ReadClosures(store, setting),
        close_window=CloseWindow(store, setting),
        plan_closure=PlanClosure(store, setting),
        lift_closure=LiftClosure(store, setting),
    )
