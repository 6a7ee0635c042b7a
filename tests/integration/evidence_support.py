"""What the tests of evidence share: a report that files belong to, and the verbs of files on a real database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from handoff.adapters.files.rebuild import ImageRebuilder
from handoff.adapters.files.sniffing import tell_type
from handoff.adapters.line.reading import read_event
from handoff.domain.evidence import PIECE, Evidence, Sensitive
from handoff.domain.incoming import Arrival, Channel, EventType
from handoff.domain.profile.access import FlowMedia, Media, MediaLimits
from handoff.domain.profile.vocabulary import MediaRule
from handoff.domain.report import Answers
from handoff.services.evidence.finish import FinishEvidence
from handoff.services.evidence.open import OpenEvidence, QuarantineEvidence, ReadEvidence
from handoff.services.evidence.receive import AddPiece, BeginEvidence, DropEvidence, TendEvidence
from handoff.services.report.visits import begin_visit
from handoff.services.screen_message import ScreenMessage
from handoff.web.uploads import UploadVerbs
from tests.integration.conftest import Service
from tests.support import alarms
from tests.support.hostile_files import MP4

ALL = FlowMedia(image=MediaRule.ACCEPT, video=MediaRule.ACCEPT, audio=MediaRule.ACCEPT)
NONE = FlowMedia()


def film(size: int) -> bytes:
    """So many bytes that look like a film."""
    return (MP4 + bytes(range(256)) * (size // 256 + 1))[:size]


@dataclass
class Files:
    """The verbs of files."""

    service: Service

    def __post_init__(self) -> None:
        store, setting = self.service.store, self.service.setting
        self.begin = BeginEvidence(store, setting)
        self.add = AddPiece(store, setting, tell_type)
        self.finish = FinishEvidence(store, setting, ImageRebuilder())
        self.drop = DropEvidence(store, setting)
        self.tend = TendEvidence(store, setting)
        self.read = ReadEvidence(store, setting)
        self.open = OpenEvidence(store, setting)
        self.quarantine = QuarantineEvidence(store, setting)

    @property
    def verbs(self) -> UploadVerbs:
        return UploadVerbs(self.begin, self.add, self.finish, self.drop, self.read)

    def media(
        self,
        report: FlowMedia = ALL,
        consultation: FlowMedia = NONE,
        limits: MediaLimits = MediaLimits(),  # noqa: B008 - frozen
        *,
        window: bool = False,
    ) -> None:
        """Let the profile take these."""
        told = Media(
            report=report, consultation=consultation, limits=limits, counsellor_window=window, evidence_report=True
        )
        setting = self.service.setting
        setting.profile = setting.profile.model_copy(update={"media": told})

    async def report(self) -> tuple[str, UUID]:
        """A report that somebody writes: its token and its session."""
        async with self.service.store.transaction() as tx:
            token, report = await begin_visit(tx, self.service.setting, None, Answers(), None)
        return token, report.session_id

    async def send(
        self, session: UUID, data: bytes, declared: str = "", name: str = "", sensitive: Sensitive | None = None
    ) -> Evidence:
        """A file comes in full."""
        begun = await self.begin(session, name=name, declared=declared, size=len(data), sensitive=sensitive)
        for place in range(0, len(data), PIECE):
            await self.add(begun.id, session, place, data[place : place + PIECE])
        return await self.finish(begun.id, session)

    async def find(self, evidence_id: UUID) -> Evidence:
        async with self.service.store.reading() as tx:
            return await tx.evidence.find(evidence_id)

    async def rows(self, evidence_id: UUID) -> Sequence[tuple[str, int]]:
        """Which pieces there are."""
        found = await self.service.rows(
            "SELECT part, number FROM evidence_pieces WHERE evidence_id = :id ORDER BY 1, 2", id=evidence_id
        )
        return [(row.part, row.number) for row in found]

    async def audit(self) -> list[str]:
        return [row.verb for row in await self.service.rows("SELECT verb FROM audit_events ORDER BY sequence")]

    async def say(self, session: UUID, words: str, *categories: str, level: str = "concern") -> None:
        """Whoever a session is with writes words, and the screen finds this in them; no worker has taken them up."""
        store, setting = self.service.store, self.service.setting
        screen = ScreenMessage(setting, read_event, alarms.Risk([words], level, categories))
        payload = json.dumps({"type": "message", "message": {"type": "text", "id": "m", "text": words}})
        arrival = Arrival(uuid4().hex, EventType.MESSAGE, Channel.REPORT, "x", 1, False, None, payload)
        async with store.transaction() as tx:
            contact = (await tx.sessions.lock(session)).contact_id
            await tx.events.add(arrival, contact, setting.clock.real())
            stored, *_ = await tx.events.undone(contact)  # what is unscreened comes first
            await screen(tx, stored, read_event(stored.type, stored.payload))
