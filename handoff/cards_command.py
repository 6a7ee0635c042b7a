"""``tsunagi cards``: the cards of the profile's schools as a PDF."""

from __future__ import annotations

from pathlib import Path

from handoff.adapters.cards import card_of, cards_pdf
from handoff.adapters.profiles import load_profile
from handoff.adapters.schools import load_schools
from handoff.domain.profile.vocabulary import Availability
from handoff.domain.school import School
from handoff.settings import ROOT, Settings


def write_cards(settings: Settings, file: Path) -> None:
    """Write one card for each school, or ten without a school where there is no list. Raises: ConfigurationError."""
    profile = load_profile(settings.profile)
    schools: list[School | None] = [*load_schools(ROOT / "data" / "schools", profile.id).values()]
    any_time = profile.channels.report.availability is not Availability.SERVICE_HOURS
    wanted = schools or [None] * 10
    cards = [card_of(settings.public_url, profile.service_name, one, any_time=any_time) for one in wanted]
    file.write_bytes(cards_pdf(cards))
    print(f"{file}: {len(cards)}枚")
