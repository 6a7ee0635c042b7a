"""Ask somebody who is signed in for their password again, before a step that a stranger at their desk mustn't take."""

from __future__ import annotations

from handoff.domain.errors import InputRefused, SignInSlowed
from handoff.domain.password_rule import LONGEST_PASSWORD
from handoff.domain.staff import StaffMember
from handoff.services.desk.passwords import Passwords
from handoff.services.desk.try_pace import TryPace
from handoff.services.ports import Store
from handoff.services.setting import Setting

WRONG: str = "パスワードがちがいます。ログインのときと同じものを入れてください。"


class ConfirmPassword:
    """Look at a password that is asked again; wrong ones are counted for this person, apart from the way in."""

    def __init__(self, store: Store, setting: Setting, passwords: Passwords) -> None:
        self._store = store
        self._passwords = passwords
        self._pace = TryPace(store, setting)

    async def __call__(self, member: StaffMember, password: str) -> None:
        """Raises: InputRefused: it isn't theirs. SignInSlowed: so many were wrong that this one wasn't looked at."""
        key = f"again:{member.id}"
        await self._pace.begin(key)
        async with self._store.reading() as tx:
            account = await tx.staff.account(member.name)
        encoded = None if account is None else account.password
        try:
            fits = await self._passwords.fits(encoded, password[:LONGEST_PASSWORD], known=True)
        except SignInSlowed:
            await self._pace.give_back(key)  # nobody looked at it
            raise
        if not fits or len(password) > LONGEST_PASSWORD:
            raise InputRefused("password", WRONG)
        await self._pace.give_back(key, all_of_it=True)
