"""What these pages need of the service."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.services.ports import Store
from handoff.services.requests.carry_out_request import (
    CarryOutRequest,
    LiftHold,
    OpenCopy,
    OrderDisposal,
    PlaceHold,
    TellDecision,
)
from handoff.services.requests.decide_request import AgreeToRequest, DecideRequest, ReconsiderRequest
from handoff.services.requests.instruct import ActOnInstruction, AskBoard, GiveOrder, ReadInstructions
from handoff.services.requests.read_data_requests import ReadDataRequests
from handoff.services.requests.receive_request import (
    CheckIdentity,
    ExtendRequest,
    LinkPerson,
    ReceiveRequest,
    WithdrawRequest,
)
from handoff.services.requests.report_leak import NoteLeak, ReadLeaks, SaveLeak, SendLeak, SkipLeak
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class RequestDesk:
    """The verbs and reads of these pages."""

    read: ReadDataRequests
    receive: ReceiveRequest
    link: LinkPerson
    check: CheckIdentity
    extend: ExtendRequest
    withdraw: WithdrawRequest
    decide: DecideRequest
    agree: AgreeToRequest
    reconsider: ReconsiderRequest
    tell: TellDecision
    copy: OpenCopy
    order: OrderDisposal
    carry_out: CarryOutRequest
    hold: PlaceHold
    lift: LiftHold
    read_instructions: ReadInstructions
    ask_board: AskBoard
    give_order: GiveOrder
    instruction: ActOnInstruction
    read_leaks: ReadLeaks
    note_leak: NoteLeak
    save_leak: SaveLeak
    send_leak: SendLeak
    skip_leak: SkipLeak


def request_desk(store: Store, setting: Setting) -> RequestDesk:
    """Make them."""
    return RequestDesk(
        read=ReadDataRequests(store, setting),
        receive=ReceiveRequest(store, setting),
        link=LinkPerson(store, setting),
        check=CheckIdentity(store, setting),
        extend=ExtendRequest(store, setting),
        withdraw=WithdrawRequest(store, setting),
        decide=DecideRequest(store, setting),
        agree=AgreeToRequest(store, setting),
        reconsider=ReconsiderRequest(store, setting),
        tell=TellDecision(store, setting),
        copy=OpenCopy(store, setting),
        order=OrderDisposal(store, setting),
        carry_out=CarryOutRequest(store, setting),
        hold=PlaceHold(store, setting),
        lift=LiftHold(store, setting),
        read_instructions=ReadInstructions(store, setting),
        ask_board=AskBoard(store, setting),
        give_order=GiveOrder(store, setting),
        instruction=ActOnInstruction(store, setting),
        read_leaks=ReadLeaks(store, setting),
        note_leak=NoteLeak(store, setting),
        save_leak=SaveLeak(store, setting),
        send_leak=SendLeak(store, setting),
        skip_leak=SkipLeak(store, setting),
    )
