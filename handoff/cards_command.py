"""``tsunagi cards``: the cards of the profile's schools as a PDF."""

from __future__ import annotations

from pathlib import Path

from handoff.adapters.cards import card_of, cards_pdf
from handoff.bootstrap.core import open_core
from handoff.domain.profile.vocabulary import Availability
from handoff.domain.school import School
from handoff.services.schools.read_register import OfferedSchools
from handoff.settings import Settings


async def write_cards(settings: Settings, file: Path) -> None:
    """Write one card for each open school of the register, or ten without a school where it is empty.

    Raises: ConfigurationError, StoreUnavailable.
    """
    async with open_core(settings, pool_size=2) as core:
        profile = core.setting.profile
        schools: list[School | None] = [*(await OfferedSchools(core.store, core.setting)()).values()]
    any_time = profile.channels.report.availability is not Availability.SERVICE_HOURS
    wanted = schools or [None] * 10
    cards = [card_of(settings.public_url, profile.service_name, one, any_time=any_time) for one in wanted]
    file.write_bytes(cards_pdf(cards))
    print(f"{file}: {len(cards)}枚")
