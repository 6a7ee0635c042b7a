"""Files that prove something: what is taken, what nobody may see, how long LINE is asked (KAG-2, HOK-5.1, HYO-I-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.adapters.profiles import load_profile
from handoff.domain.evidence import (
    KEPT,
    Evidence,
    EvidenceState,
    Fetch,
    Ground,
    QuarantineCause,
    Sensitive,
    accepts,
    ground_of,
    most_bytes,
    most_files,
    most_total,
    next_fetch,
    quarantine_cause,
    taken_kinds,
    words_in_name,
)
from handoff.domain.file_types import EvidenceKind
from handoff.domain.profile import Flow
from handoff.domain.profile.access import FlowMedia, Media, MediaLimits
from handoff.domain.profile.vocabulary import MediaRule
from handoff.settings import ROOT
from kernel.risk.levels import CATEGORIES

AT = datetime(2026, 11, 20, tzinfo=UTC)
PROFILES = {path.stem: load_profile(Path(path)) for path in sorted((ROOT / "data" / "profiles").glob("*.yml"))}
IMAGE, VIDEO, AUDIO = EvidenceKind.IMAGE, EvidenceKind.VIDEO, EvidenceKind.AUDIO


def one(state: EvidenceState = EvidenceState.STORED, ground: Ground = Ground.PAGE) -> Evidence:
    """A picture that is here, with its copies."""
    return Evidence(
        uuid4(), uuid4(), state, ground, AT, AT, kind=IMAGE, mime="image/jpeg", bytes=9, shown_bytes=5, thumb_bytes=3
    )


@pytest.mark.parametrize(
    ("profile", "flow", "kinds"),
    [
        ("hokkaido", Flow.CONSULTATION, ()),  # HOK-5.1
        ("hokkaido", Flow.REPORT, ()),
        ("kagoshima", Flow.REPORT, (IMAGE, VIDEO)),  # KAG-2
        ("demo", Flow.REPORT, (IMAGE, VIDEO, AUDIO)),
        ("kagoshima", Flow.CONSULTATION, ()),
        ("tajimi", Flow.CONSULTATION, ()),
        ("hyogo", Flow.NET_TROUBLE, (IMAGE,)),  # HYO-I-1 保存した画面
    ],
)
def test_a_profile_takes_what_its_document_says(profile: str, flow: Flow, kinds: tuple[EvidenceKind, ...]) -> None:
    assert taken_kinds(PROFILES[profile].media, flow) == kinds


def test_a_report_takes_nothing_where_the_board_wants_no_evidence() -> None:
    rules = FlowMedia(image=MediaRule.ACCEPT)
    assert accepts(Media(report=rules, evidence_report=True), Flow.REPORT, IMAGE)
    assert not accepts(Media(report=rules), Flow.REPORT, IMAGE)
    assert not accepts(Media(report=rules, evidence_report=False), Flow.REPORT, IMAGE)
    assert accepts(Media(net_trouble=rules, evidence_report=False), Flow.NET_TROUBLE, IMAGE)


@pytest.mark.parametrize(("name", "flow", "kind"), list(product(PROFILES, Flow, EvidenceKind)))
def test_no_file_is_refused_at_risk(name: str, flow: Flow, kind: EvidenceKind) -> None:
    media = PROFILES[name].media
    assert ground_of(media, flow, kind, urgent=True) is not None
    assert ground_of(media, flow, kind, urgent=False) is (Ground.FLOW if accepts(media, flow, kind) else None)


@given(st.sampled_from([None, *Sensitive]), st.frozensets(st.sampled_from(CATEGORIES)), st.booleans())
def test_what_may_be_sexual_is_quarantined_and_nothing_else(
    sensitive: Sensitive | None, categories: frozenset[str], marked: bool
) -> None:
    cause = quarantine_cause(sensitive, categories, marked=marked)
    suspected = marked or sensitive in (Sensitive.YES, Sensitive.UNSURE) or "sexual_harm" in categories
    assert (cause is not None) == suspected
    assert cause is not QuarantineCause.PERSON or marked


@given(
    st.sampled_from(EvidenceState), st.sampled_from(Ground), st.booleans(), st.sampled_from([None, "image/jpeg"]),
    st.sampled_from([0, 5]),
)  # fmt: skip
def test_nobody_sees_what_is_quarantined_taken_back_or_not_here(
    state: EvidenceState, ground: Ground, hidden: bool, mime: str | None, shown: int
) -> None:
    evidence = replace(one(state, ground), hidden=hidden, mime=mime, shown_bytes=shown, thumb_bytes=shown)
    assert evidence.is_open == (state is EvidenceState.STORED and not hidden and mime is not None and shown > 0)
    assert evidence.shows_thumb == (evidence.is_open and ground is not Ground.RISK)
    assert evidence.has_original == (state in KEPT)


@pytest.mark.parametrize(
    "name",
    [
        "", "IMG_1234.jpg", "image.png", "1000012345.jpg", "PXL_20250102.MP.jpg", "8F3A2B1C-1234.jpeg", "LINE_ALBUM_1.jpg",
        "Screenshot_20250102-102030.png", "スクリーンショット 2025-01-02 10.20.30.png", "写真 2025年1月2日 10時20分.HEIC",
    ],
)  # fmt: skip
def test_a_device_s_name_for_a_file_says_nothing(name: str) -> None:
    assert words_in_name(name) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("死.png", "死"),
        ("写真_もう死にたい.jpg", "写真_もう死にたい"),
        ("kill me.MOV", "kill me"),
        ("IMG_1 2年3組の山田.jpg", "IMG_1 2年3組の山田"),
        ("たす\r\n\0\u202eけて\ud800.png", "たす けて"),
        ("やめて", "やめて"),
    ],
)
def test_what_a_person_wrote_into_a_name_is_words_on_one_line(name: str, words: str) -> None:
    assert words_in_name(name) == words


@given(st.text())
def test_any_name_gives_a_line_that_can_be_stored(name: str) -> None:
    words = words_in_name(name)
    assert words == words.strip() and (words.isprintable() or not words)
    words.encode()


def test_limits_are_the_profile_s_or_the_usual_ones() -> None:
    assert most_bytes(MediaLimits(), IMAGE) == 15_000_000
    assert most_bytes(MediaLimits(), None) == most_bytes(MediaLimits(), VIDEO) == 80_000_000
    told = MediaLimits(image_mb=3, files_per_report=2, total_mb=7)
    assert (most_bytes(told, IMAGE), most_files(told), most_total(told)) == (3_000_000, 2, 7_000_000)
    assert most_files(MediaLimits()) == 5


@pytest.mark.parametrize("outcome", [Fetch.PREPARING, Fetch.MISSING, Fetch.UNREACHABLE, Fetch.DENIED])
def test_line_is_asked_again_ever_more_slowly_and_not_for_ever(outcome: Fetch) -> None:
    pauses: list[timedelta] = []
    while (pause := next_fetch(outcome, len(pauses) + 1)) is not None:
        pauses.append(pause)
    assert 2 <= len(pauses) < 20
    assert pauses == sorted(pauses) and pauses[0] == timedelta(seconds=1) and pauses[-1] <= timedelta(minutes=10)


def test_what_is_gone_is_not_asked_for_again() -> None:
    assert next_fetch(Fetch.GONE, 1) is None
