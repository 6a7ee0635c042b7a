"""What these pages need of the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handoff.services.desk.confirm_password import ConfirmPassword
from handoff.services.desk.lost_device import AcknowledgeReset, AnswerReset, AskReset, ReadAccounts
from handoff.services.desk.pass_factor import PassFactor
from handoff.services.desk.second_factor import (
    BeginFactor,
    ConfirmFactor,
    DropFactor,
    NoteCodes,
    ReadFactor,
    RenewCodes,
)
from handoff.services.desk.sign_in import SignIn
from handoff.services.factor_ports import OneTimeNumbers
from handoff.services.ports import Store
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class FactorDesk:
    """The verbs and reads of these pages. picture: side in modules and SVG path of an address as a QR code."""

    read: ReadFactor
    begin: BeginFactor
    confirm: ConfirmFactor
    go_on: PassFactor
    renew: RenewCodes
    note: NoteCodes
    drop: DropFactor
    acknowledge: AcknowledgeReset
    accounts: ReadAccounts
    ask: AskReset
    answer: AnswerReset
    picture: Callable[[str], tuple[int, str]]


def factor_desk(
    store: Store,
    setting: Setting,
    sign_in: SignIn,
    again: ConfirmPassword,
    numbers: OneTimeNumbers,
    picture: Callable[[str], tuple[int, str]],
) -> FactorDesk:
    """Make them."""
    return FactorDesk(
        read=ReadFactor(store, setting, numbers),
        begin=BeginFactor(store, setting, numbers, again),
        confirm=ConfirmFactor(store, setting, numbers, sign_in),
        go_on=PassFactor(store, setting, numbers, sign_in),
        renew=RenewCodes(store, setting, again),
        note=NoteCodes(store, setting),
        drop=DropFactor(store, setting, again),
        acknowledge=AcknowledgeReset(store, setting),
        accounts=ReadAccounts(store, setting),
        ask=AskReset(store, setting),
        answer=AnswerReset(store, setting),
        picture=picture,
    )
