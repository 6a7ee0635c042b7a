"""Who reaches the service, through which channels, and what may be sent there."""

from __future__ import annotations

from typing import Annotated

from handoff.domain.profile.base import Count, Flag, Part, Positive, SilentPart, Words
from handoff.domain.profile.vocabulary import (
    AccountOwner,
    Availability,
    BroadcastKind,
    ChannelUse,
    Flow,
    Founder,
    MediaRule,
    OutOfScope,
    ReplySource,
    Residence,
    Role,
    SchoolPart,
    SchoolType,
    StaffingRule,
    UrlRule,
)


class Channel(Part):
    """One way to reach the service; ``address`` is a phone number, a mail address or a URL."""

    use: ChannelUse | None = None
    availability: Availability | None = None
    address: Words | None = None

    @property
    def offered(self) -> bool:
        """Whether students may write or call there."""
        return self.use is ChannelUse.OFFERED


class LineChannel(Channel):
    """LINE, with the owner of the official account."""

    account_owner: AccountOwner | None = None


class WebChannel(Channel):
    """The web chat; ``pc_required``: it must work for those who own a PC only (KAG-8.6)."""

    pc_required: Flag | None = None


class ReportChannel(Channel):
    """The one-way report (KAG-2)."""

    anonymous: Flag | None = None


class Channels(Part):
    """All the ways (HOK-3.1, KAG-3, TAJ-1, HYO-4.1①)."""

    line: Annotated[LineChannel, SilentPart] = LineChannel()
    web: Annotated[WebChannel, SilentPart] = WebChannel()
    report: Annotated[ReportChannel, SilentPart] = ReportChannel()
    phone: Annotated[Channel, SilentPart] = Channel()
    mail: Annotated[Channel, SilentPart] = Channel()
    fax: Annotated[Channel, SilentPart] = Channel()
    letter: Annotated[Channel, SilentPart] = Channel()
    in_person: Annotated[Channel, SilentPart] = Channel()


class SchoolGroup(Part):
    """A group of schools whose pupils may use the service; numbers are those of the document."""

    school_type: SchoolType
    founders: tuple[Founder, ...]
    parts: tuple[SchoolPart, ...] | None = None
    schools: Count | None = None
    students: Count | None = None


class YouthCentre(Part):
    """A centre whose young people may use the service; ages in years, from included, under excluded."""

    name: Words
    age_from: Count | None = None
    age_under: Count | None = None
    people: Count | None = None


class AnonymousRoles(Part):
    """Who may stay without a name (HYO-Ⅰ to Ⅲ)."""

    student: Flag | None = None
    child: Flag | None = None
    youth: Flag | None = None
    guardian: Flag | None = None
    school: Flag | None = None


class Eligibility(Part):
    """Whom the service is for."""

    roles: tuple[Role, ...] | None = None
    schools: tuple[SchoolGroup, ...] | None = None
    excluded_founders: tuple[Words, ...] | None = None
    youth_centres: tuple[YouthCentre, ...] | None = None
    people: Count | None = None
    age_under: Count | None = None
    older_pupils: Flag | None = None
    residence: tuple[Residence, ...] | None = None
    anonymous: Annotated[AnonymousRoles, SilentPart] = AnonymousRoles()
    out_of_scope: OutOfScope | None = None


class AutoReply(Part):
    """The replies that need no person (HOK-5.2)."""

    after_hours: ReplySource | None = None
    congestion: ReplySource | None = None


class Broadcast(Part):
    """What may go to everybody, in the board's words (HOK-5.3); ``other_posts`` false: nothing else (HOK-4)."""

    allowed: tuple[BroadcastKind, ...] | None = None
    period_and_hours_text: Words | None = None
    opening_text: Words | None = None
    other_posts: Flag | None = None


class FlowMedia(Part):
    """The rules of one flow; null = not said, which is treated as refused and left unseen."""

    image: MediaRule | None = None
    video: MediaRule | None = None
    audio: MediaRule | None = None
    file: MediaRule | None = None
    sticker: MediaRule | None = None
    url: UrlRule | None = None


class MediaLimits(Part):
    """How large a file may be, in MB of 1,000,000 bytes, and how much of them one consultation or report takes."""

    image_mb: Positive | None = None
    video_mb: Positive | None = None
    audio_mb: Positive | None = None
    files_per_report: Positive | None = None
    total_mb: Positive | None = None


class Media(Part):
    """Media policy per flow (HOK-5.1, KAG-2, HYO-I-1).

    ``counsellor_window``: whether a counsellor may ask for one picture in a live talk where none is taken otherwise.
    """

    consultation: Annotated[FlowMedia, SilentPart] = FlowMedia()
    report: Annotated[FlowMedia, SilentPart] = FlowMedia()
    net_trouble: Annotated[FlowMedia, SilentPart] = FlowMedia()
    evidence_report: Flag | None = None
    counsellor_window: Flag | None = None
    limits: Annotated[MediaLimits, SilentPart] = MediaLimits()

    def rule(self, flow: Flow, kind: str) -> MediaRule:
        """The rule for a kind (image, video, audio, file, sticker) in a flow; what isn't said is refused."""
        found: MediaRule | None = getattr(getattr(self, flow), kind)
        return found or MediaRule.REJECT


class Staff(Part):
    """How many people are there, counted in persons; ``parallel_sessions`` at once for the whole room."""

    min_counsellors: Positive | None = None
    rule: StaffingRule | None = None
    supervisor_excluded: Flag | None = None
    min_supervisors: Count | None = None
    min_administrators: Count | None = None
    parallel_sessions: Positive | None = None
    qualification: Words | None = None
