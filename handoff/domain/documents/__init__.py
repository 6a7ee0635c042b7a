"""The documents that HOK-3.4 wants submitted, generated from the profile and the rules as they really are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from handoff.domain.documents.basics import basics
from handoff.domain.documents.flow import flow
from handoff.domain.documents.model import TITLES, Document, Kind, RulesInForce, Source
from handoff.domain.documents.secrecy import secrecy
from handoff.domain.documents.urgent import urgent

__all__ = ["TITLES", "Document", "Kind", "RulesInForce", "Source", "make_document"]

_MAKERS: Final[Mapping[Kind, Callable[[Source], Document]]] = {
    Kind.FLOW: flow,
    Kind.BASICS: basics,
    Kind.URGENT: urgent,
    Kind.SECRECY: secrecy,
}


def make_document(kind: Kind, source: Source) -> Document:
    """One of the four."""
    return _MAKERS[kind](source)
