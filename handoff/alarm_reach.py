"""Whom an alarm would reach by the screen alone, and so, by night, not at all."""

from __future__ import annotations

from handoff.domain.escalation import Rung, ladder, ways
from handoff.domain.notice import Medium
from handoff.domain.profile import Profile


def called_by_desk_only(profile: Profile, media: frozenset[Medium]) -> list[Rung]:
    """The rungs of the ladder that nothing but the desk would call, so that by night nobody hears of it."""
    return [rung for rung in ladder(profile, frozenset()) if list(ways(rung, media)) == [Medium.DESK]]


def desk_only_warning(profile: Profile, media: frozenset[Medium]) -> str | None:
    """One line for the operator where some of the ladder would not be called; None where everybody is."""
    silent = called_by_desk_only(profile, media)
    if not silent:
        return None
    if len(silent) == len(ladder(profile, frozenset())):
        whom = "だれにも行きません"
    else:
        whom = "次の人には行きません: " + "、".join(rung.who for rung in silent)
    return (
        f"緊急のお知らせは、相談員の画面には出ますが、メール・Webhook・電話では{whom}"
        "（設定と on_call.ladder の mail・phone を確かめてください）"
    )
