"""What these pages need of the service."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.services.broadcasts.approve_text import DecideText, ProposeText, ReadBroadcasts
from handoff.services.broadcasts.decide_block import DecideBlock, LiftBlock, ReadBlock, ReadBlocks
from handoff.services.broadcasts.wishes import KeepWish, ReadRegistered
from handoff.services.ports import Store
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class BroadcastDesk:
    """The verbs and reads of these pages."""

    read: ReadBroadcasts
    propose: ProposeText
    decide: DecideText
    read_blocks: ReadBlocks
    read_block: ReadBlock
    decide_block: DecideBlock
    lift_block: LiftBlock
    registered: ReadRegistered
    keep_wish: KeepWish


def broadcast_desk(store: Store, setting: Setting) -> BroadcastDesk:
    """Make them."""
    return BroadcastDesk(
        read=ReadBroadcasts(store, setting),
        propose=ProposeText(store, setting),
        decide=DecideText(store, setting),
        read_blocks=ReadBlocks(store, setting),
        read_block=ReadBlock(store, setting),
        decide_block=DecideBlock(store, setting),
        lift_block=LiftBlock(store, setting),
        registered=ReadRegistered(store, setting),
        keep_wish=KeepWish(store, setting),
    )
