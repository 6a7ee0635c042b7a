"""What the pages of one's own account need of the service."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.services.desk.change_password import ChangePassword
from handoff.services.desk.own_sign_ins import EndSignIn, ReadSignIns
from handoff.services.desk.passwords import Passwords
from handoff.services.desk.sign_in import SignIn
from handoff.services.ports import Store
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class AccountDesk:
    """The verbs and reads of these pages."""

    change_password: ChangePassword
    read: ReadSignIns
    end: EndSignIn


def account_desk(store: Store, setting: Setting, passwords: Passwords, sign_in: SignIn) -> AccountDesk:
    """Make them."""
    return AccountDesk(
        change_password=ChangePassword(store, setting, passwords, sign_in),
        read=ReadSignIns(store, setting),
        end=EndSignIn(store, setting),
    )
