"""Nothing is written to a talk any more whose words were disposed of: it would outlive what it belongs to."""

from __future__ import annotations

from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.services.ports import Transaction

WORDS_GONE = "この相談の言葉は、日数が過ぎて消えました。もう書き足せません。"


async def check_words(tx: Transaction, session_id: UUID, field: str) -> None:
    """The caller has locked the session. Args: field: of the form. Raises: InputRefused: its words are gone."""
    if await tx.retention.words_gone(session_id):
        raise InputRefused(field, WORDS_GONE)
