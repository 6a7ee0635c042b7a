"""What is told, kept and traced, and how it is guarded."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from handoff.domain.profile.base import Flag, Part, Positive, Words
from handoff.domain.profile.vocabulary import Agency, LegalDuty, NonurgentDisclosure, TraceItem


class Disclosure(Part):
    """To whom a student's words may go; the secrecy notice is made from this and from nothing else.

    ``nonurgent_to``: who is told when no life is in danger; ``classification_to``: who gets the classified results
    (KAG-7.1 なお書き); ``identify_user`` false: the service doesn't try to find out who somebody is (TAJ-S2).
    """

    life: Flag | None = None
    nonurgent: NonurgentDisclosure | None = None
    nonurgent_to: tuple[Agency, ...] | None = None
    classification_to: tuple[Agency, ...] | None = None
    identify_user: Flag | None = None
    legal_duty: Annotated[tuple[LegalDuty, ...], Field(min_length=1)] | None = None

    @field_validator("life")
    @classmethod
    def _life_comes_first(cls, value: bool | None) -> bool | None:
        if value is False:
            raise ValueError("false にはできません。命の危険があるときは、秘密より安全を優先します（WG-11・WG-16）")
        return value

    @model_validator(mode="after")
    def _somebody_is_told(self) -> Disclosure:
        if self.nonurgent is NonurgentDisclosure.WHEN_NEEDED and not self.nonurgent_to:
            raise ValueError("nonurgent が when_needed のときは nonurgent_to（伝える先）を書いてください")
        return self


class RetentionDays(Part):
    """Days after which each kind is destroyed, counted from the close of the session (KAG-8.4, TAJ-7)."""

    transcript: Positive | None = None
    media: Positive | None = None
    report: Positive | None = None
    wrap_up: Positive | None = None
    escalation: Positive | None = None
    contact: Positive | None = None
    audit: Positive | None = None


class Keeping(Part):
    """What postpones a disposal, how fast it reaches the backups, and what may be kept for research.

    returning_extends: when somebody comes back, all of theirs is kept as long as the new words (WG-19); null reads as true.
    research_group: so many people at least share every line that is exported for research (KAG-8.2); null reads as 5.
    backup_key_days: as long may the backup of the data keys lie, so that what is disposed of can't be read in any backup
    after them; null reads as 7.
    """

    returning_extends: Flag | None = None
    research_group: Annotated[int, Field(strict=True, ge=3)] | None = None
    backup_key_days: Positive | None = None


class Trace(Part):
    """What may be kept of web visitors to find a child in danger, and for how many days; ``[]`` = nothing is kept."""

    keep: tuple[TraceItem, ...] | None = None
    days: Positive | None = None

    @model_validator(mode="after")
    def _limited(self) -> Trace:
        if bool(self.keep) != (self.days is not None):
            raise ValueError("keep に書くときは days（保存日数）も書き、何も残さないときは days を null にしてください")
        return self


class Security(Part):
    """Rules for accounts and passwords (HOK-7, KAG-6.1ア(エ))."""

    password_rotation_required: Flag | None = None
    password_rotation_days: Positive | None = None
    password_officer_required: Flag | None = None
    policy: Words | None = None

    @property
    def password_days(self) -> int | None:
        """After how many days each chooses another password; None: as long as nobody knows it, it stays (ASVS 6.2.10).

        Where a number isn't decided yet, nobody is locked out by one that we made up.
        """
        return self.password_rotation_days if self.password_rotation_required else None
