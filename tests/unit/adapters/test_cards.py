"""The cards: every code on the printed sheet is read again, and the demo's list is what its profile counts (HYO-4.2, KAG-6.1コ)."""

from __future__ import annotations

from collections import Counter

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from handoff.adapters.cards import COLUMNS, ROWS, Card, card_of, cards_pdf, qr_path
from handoff.adapters.profiles import load_profile
from handoff.domain.school import School
from handoff.settings import ROOT
from tests.support.registers import city

BASE = "https://tsunagi.example.jp"
SCHOOLS = [draft.onto(None).school for draft in city().drafts]


def read(pdf: bytes) -> list[list[str]]:
    """What a phone reads on each sheet."""
    sheets = pypdfium2.PdfDocument(pdf)
    return [[code.text for code in zxingcpp.read_barcodes(sheet.render(scale=3).to_pil())] for sheet in sheets]


def card(school: School | None) -> Card:
    return card_of(BASE, "つなぎ市こどもLINE相談", school, any_time=True)


def test_the_demo_s_list_is_what_its_profile_counts() -> None:
    counted = Counter(school.school_type for school in SCHOOLS)
    groups = load_profile(ROOT / "data" / "profiles" / "demo.yml").eligible.schools or ()
    assert counted == {group.school_type: group.schools for group in groups}
    assert len({school.name for school in SCHOOLS}) == len(SCHOOLS)


def test_every_code_of_the_sheets_leads_to_its_school() -> None:
    sheets = read(cards_pdf([card(school) for school in SCHOOLS]))
    assert [len(sheet) for sheet in sheets] == [10, 10, 3]
    assert sorted(url for sheet in sheets for url in sheet) == sorted(f"{BASE}/report/{one.code}" for one in SCHOOLS)


@pytest.mark.parametrize(
    ("base", "name"),
    [("http://127.0.0.1:8080", "み"), ("https://" + "long-name." * 12 + "example.jp", "とても長い名前の学校" * 5)],
)
def test_long_names_and_addresses_still_fit(base: str, name: str) -> None:
    school = School("a2b3c4", name, "中学校")
    pdf = cards_pdf([card_of(base, "とても長い名前の相談窓口" * 6, school, any_time=False), card(None)])
    assert sorted(read(pdf)[0]) == sorted([f"{base}/report/a2b3c4", f"{BASE}/report"])
    sheet = pypdfium2.PdfDocument(pdf)[0]
    assert "名前を書かなくても" in sheet.get_textpage().get_text_range()


def test_the_same_cards_are_the_same_file() -> None:
    one = [card(school) for school in SCHOOLS[: COLUMNS * ROWS]]
    assert cards_pdf(one) == cards_pdf(one)


def test_the_code_on_the_page_is_the_one_on_the_card() -> None:
    side, path = qr_path(card(SCHOOLS[0]).url)
    picture = Image.new("L", (side * 8, side * 8), 255)
    draw = ImageDraw.Draw(picture)
    for dark in path.split("M")[1:]:
        x, y = (int(part) for part in dark.partition("h")[0].split())
        draw.rectangle((x * 8, y * 8, x * 8 + 7, y * 8 + 7), fill=0)
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [f"{BASE}/report/{SCHOOLS[0].code}"]
