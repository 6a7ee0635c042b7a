"""Mentions: what was read at one place of a message, and whom it describes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kernel.intake.owner import Owner, belongs_together, is_linked


@dataclass(frozen=True)
class Mention:
    """An age, a grade, a school type or a bare school year at text[start:end].

    Attributes:
        start, end: place in the normalised text, in characters.
        owner: whom it describes.
        age: years of age.
        grade: canonical grade.
        school_type: canonical school type.
        gender: 男, 女 or その他.
        year: a school year whose school is not named at this place (2年生).
        sure_year: whether `year` can only be a school year (2年生, not 2年).
    """

    start: int
    end: int
    owner: Owner
    age: int | None = None
    grade: str | None = None
    school_type: str | None = None
    gender: str | None = None
    year: int | None = None
    sure_year: bool = False


def share_owners(text: str, mentions: list[Mention]) -> list[Mention]:
    """Return `mentions` in order of place, with owners carried over to those that stand linked to each other.

    「妹は10歳、小4」 is all the sister's; so is 「14歳、中2の妹」.
    """
    ordered = sorted(mentions, key=lambda mention: (mention.start, mention.end))
    for index in range(1, len(ordered)):
        before, mention = ordered[index - 1], ordered[index]
        carried = before.owner not in (Owner.UNSAID, Owner.NOBODY)
        if mention.owner is Owner.UNSAID and carried and is_linked(text, before.end, mention.start):
            ordered[index] = replace(mention, owner=before.owner)
    for index in range(len(ordered) - 2, -1, -1):
        mention, after = ordered[index], ordered[index + 1]
        other_kind = (mention.age is None) != (after.age is None)
        carried = after.owner in (Owner.CHILD, Owner.PUPIL, Owner.YOUTH, Owner.OTHER, Owner.NOBODY)
        unsaid = mention.owner is Owner.UNSAID and carried and other_kind
        if unsaid and belongs_together(text, mention.end, after.start):
            ordered[index] = replace(mention, owner=after.owner)
    return ordered
