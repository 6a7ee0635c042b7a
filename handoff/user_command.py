"""``tsunagi user``: make, shut and renew accounts. A password is asked for and never an argument, where others see it."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Awaitable, Callable

from handoff.adapters.passwords import ArgonPasswords
from handoff.bootstrap.core import open_core
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.staff import StaffRole
from handoff.services.desk.accounts import Accounts
from handoff.services.desk.lost_device import BreakGlassFactor
from handoff.settings import Settings


def ask_password() -> str:
    """The new password: typed twice at a terminal, else one line of the input. Raises: InputRefused."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("新しいパスワード（12文字以上）: ")
    if first != getpass.getpass("もう一度: "):
        raise InputRefused("password", "二つのパスワードがちがいます。もう一度実行してください。")
    return first


async def with_accounts(settings: Settings, work: Callable[[Accounts], Awaitable[str]]) -> int:
    """Do one thing with the accounts and say what was done; 1 where it was refused."""
    async with open_core(settings, pool_size=2) as core:
        try:
            print(await work(Accounts(core.store, core.setting, ArgonPasswords())))
        except InputRefused as error:
            print(error.text, file=sys.stderr)
            return 1
        except NotFound:
            print("その名前のアカウントはありません。", file=sys.stderr)
            return 1
    return 0


async def add_user(settings: Settings, name: str, alias: str, role: StaffRole, trainee: bool) -> int:
    """Make an account."""

    async def work(accounts: Accounts) -> str:
        await accounts.add(name, alias, role, ask_password(), trainee=trainee, must_change=True)
        made = f"{name} のアカウントを作りました。はじめてのログインのあと、本人が新しいパスワードを決めます。"
        if role is StaffRole.BOARD:
            return made
        return f"{made}使えるようになるのは、名簿（/desk/rosters）に書き、本人が守秘の誓約をしてからです。"

    return await with_accounts(settings, work)


async def disable_user(settings: Settings, name: str) -> int:
    """Shut an account, also where it is signed in now."""

    async def work(accounts: Accounts) -> str:
        await accounts.disable(name)
        return f"{name} のアカウントを止めました。"

    return await with_accounts(settings, work)


async def reset_user(settings: Settings, name: str) -> int:
    """Give an account a new password, and open it again where it was shut."""

    async def work(accounts: Accounts) -> str:
        await accounts.reset(name, ask_password())
        return f"{name} のパスワードを変えました。次のログインのあと、本人が新しいパスワードを決めます。"

    return await with_accounts(settings, work)


def ask_reason() -> str:
    """Why a second factor is taken off by one person alone; asked for and never an argument."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return input("二人で決められないわけと、本人とどう確かめたか: ").strip()


async def reset_factor(settings: Settings, name: str) -> int:
    """Take off somebody's second factor, where the two who decide it at the desk aren't there."""
    async with open_core(settings, pool_size=2) as core:
        try:
            await BreakGlassFactor(core.store, core.setting)(name, ask_reason())
        except InputRefused as error:
            print(error.text, file=sys.stderr)
            return 1
        except NotFound:
            print("その名前のアカウントはありません。", file=sys.stderr)
            return 1
    print(f"{name} の二段階の確認をはずしました。記録に残り、本人と業務責任者の画面に出ます。")
    return 0
