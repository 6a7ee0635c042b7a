"""The sheet's pages over real HTTP, as a browser without scripts uses them, and as somebody hostile does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from handoff.adapters.passwords import ArgonPasswords
from handoff.domain.coding import Consent, Source, TopicCode
from handoff.domain.escalation import Suspect
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.session import State
from handoff.domain.staff import StaffMember, StaffRole
from handoff.domain.wrap_up import Sheet, WithoutConsent
from handoff.services.desk.accounts import Accounts
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_care_support import EMOJI, HOSTILE, LONG, Browser, browser, member
from tests.integration.desk_support import Bridge
from tests.integration.sheet_support import REPORTED, SECRET, SheetPage, Sheets
from tests.support.sites import desk_site

INTAKE = {"topic": "friends", "grade": "中2", "school_type": "中学校", "school_name": "第三中", "role": "self"}
#: Every field that takes words.
WORDS = ("school_name", "decided_by", "reply", "supervisor", "board", "reason", "call_line")
LONG_WORDS = ("summary", "handover", "next_step")


@dataclass
class Site:
    """The desk with people of the demo at it."""

    sheets: Sheets
    url: str
    browsers: list[Browser]
    yuki: StaffMember
    sora: StaffMember

    @property
    def bridge(self) -> Bridge:
        return self.sheets.bridge

    async def who(self, name: str, password: str | None = None) -> Browser:
        made = browser(self.url)
        self.browsers.append(made)
        await (made.sign_in(name) if password is None else made.sign_in(name, password))
        return made

    async def ended(self, number: int = 1, **intake: str) -> UUID:
        session_id = await self.sheets.ended(self.yuki, number)
        async with self.bridge.service.store.transaction() as tx:
            await tx.sessions.set_intake(session_id, intake or INTAKE)
        return session_id

    async def sheet(self, session_id: UUID) -> Sheet:
        sheet = (await self.sheets.known(session_id)).sheet
        assert sheet is not None
        return sheet

    async def state(self, session_id: UUID) -> str:
        return str((await self.sheets.row(session_id)).state)


@pytest.fixture
async def site(service: Service) -> AsyncIterator[Site]:
    sheets = Sheets(Bridge(service))
    async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
        made = Site(sheets, url, [], await member(service, "yuki"), await member(service, "sora"))
        yield made
        for one in made.browsers:
            await one.http.close()


async def test_the_form_as_it_comes_is_a_whole_sheet(site: Site) -> None:
    session_id = await site.ended()
    page = SheetPage(await site.who("yuki"), session_id)
    done = await page.send("fill", summary="話せてよかったとのこと")
    assert (done.status, done.to) == (303, "/desk/sheets?said=filled"), done.page
    sheet = await site.sheet(session_id)
    assert (sheet.primary, sheet.person.grade.value, sheet.person.school_name.value) == (
        TopicCode.FRIENDS,
        "中2",
        "第三中",
    )
    assert sheet.person.grade.source is Source.INTAKE, "what nobody changed was told to the bot"
    assert sheet.reporting is None and sheet.summary == "話せてよかったとのこと"
    assert await site.state(session_id) == State.CLOSED
    assert "相談を閉じました" in await page.browser.page(done.to)
    shown = await page.browser.page(page.at)
    assert "話せてよかったとのこと" in shown and 'id="sheet-form"' not in shown
    again = await page.post([("token", (await _token(page.browser))), ("version", "1"), ("verb", "save")])
    assert again.status == 409, "nobody writes in it any more"


async def test_a_deadline_left_empty_comes_from_the_class(site: Site) -> None:
    session_id = await site.ended()
    page = SheetPage(await site.who("yuki"), session_id)
    saved = await page.send("save", reporting_class="promptly", recipients=["municipal_board", "police"], way="phone")
    assert (saved.status, saved.to) == (303, f"{page.at}?said=saved"), saved.page
    report = (await site.sheet(session_id)).reporting
    assert report is not None and report.reporting_class is ReportingClass.PROMPTLY
    assert (report.decided_by, report.decided_at) == ("ゆき", datetime.fromisoformat("2026-11-20T18:00+09:00"))
    assert report.deadline == datetime.fromisoformat("2026-11-24T23:59:59+09:00"), "the Monday is a holiday"
    assert report.recipients == (Agency.POLICE, Agency.MUNICIPAL_BOARD)
    before = await site.sheet(session_id)
    assert (await page.send("save")).status == 303
    assert await site.sheet(session_id) == before, "the page gives back what it was given"
    assert (await site.sheets.known(session_id)).version == 1


async def test_what_has_to_be_mended_is_said_at_its_field_and_linked(site: Site) -> None:
    session_id = await site.ended(topic="")
    page = SheetPage(await site.who("yuki"), session_id)
    refused = await page.send(
        "fill", reporting_class="phone_at_once", without_consent="yes", reason="いのち", summary="残る"
    )
    assert refused.status == 400
    for name in ("primary", "reporting-recipients", "reporting-way", "without-consent-supervisor"):
        assert f'<a href="#f-{name}">' in refused.page and f'id="f-{name}"' in refused.page
        assert f'id="f-{name}-fault"' in refused.page and f'aria-describedby="f-{name}-fault"' in refused.page
    assert "残る" in refused.page and "いのち" in refused.page and 'aria-invalid="true"' in refused.page
    assert await site.state(session_id) == State.WRAP_UP
    assert (await page.send("fill", primary="friends", reporting_class="", without_consent=[])).status == 303
    assert await site.state(session_id) == State.CLOSED


async def test_two_people_at_one_sheet(site: Site) -> None:
    session_id = await site.ended()
    first = SheetPage(await site.who("yuki"), session_id)
    second = SheetPage(await site.who("minato"), session_id)
    form = [one for one in await first.form() if one[0] != "summary"]
    assert (await second.send("save", summary="責任者の")).status == 303
    refused = await first.post([*form, ("summary", "担当の"), ("verb", "save")])
    assert refused.status == 400 and "みなとさん" in refused.page and "担当の" in refused.page
    assert (await site.sheet(session_id)).summary == "責任者の"
    assert 'name="version" value="1"' in refused.page, "who presses again knows what they do"


async def test_a_talk_that_goes_on_takes_a_half_filled_sheet_alone(site: Site) -> None:
    session_id = await site.ended()
    page = SheetPage(await site.who("yuki"), session_id)
    form = await page.form()
    await site.bridge.write("まだいいですか")
    refused = await page.post([*form, ("verb", "fill")])
    assert refused.status == 409 and "相談は続いています" in refused.page
    assert 'id="fill"' not in refused.page and await site.sheets.record(session_id) is None
    assert (await page.send("save", next_step="続き")).status == 303


# --- the second person ----------------------------------------------------------------------------------------------


async def test_at_risk_the_second_person_reads_the_talk_and_signs(site: Site) -> None:
    session_id = await site.sheets.at_risk(site.yuki)
    first = SheetPage(await site.who("yuki"), session_id)
    done = await first.send("fill", primary="self_harm", summary=SECRET)
    assert (done.status, done.to) == (303, "/desk/sheets?said=waits")
    assert "/sheet/sign" not in await first.browser.page(first.at)
    own = await first.post([("token", await _token(first.browser)), ("version", "1")], "/sign")
    assert own.status == 403 and "書いた本人" in own.page
    trainee = SheetPage(await site.who("hikari"), session_id)
    refused = await trainee.post([("token", await _token(trainee.browser)), ("version", "1")], "/sign")
    assert refused.status == 403 and await site.state(session_id) == State.WRAP_UP
    second = SheetPage(await site.who("sora"), session_id)
    assert "読んで確認する" in await second.browser.page("/desk/sheets")
    page = await second.browser.page(second.at)
    assert SECRET in page and "<mark>もう死にたい</mark>" in page
    empty = await second.send("", "/return", remark=" ")
    assert empty.status == 400 and 'aria-describedby="remark-fault"' in empty.page
    returned = await second.send("", "/return", remark=HOSTILE)
    assert (returned.status, returned.to) == (303, "/desk/sheets?said=returned")
    shown = await first.browser.page(first.at)
    assert "直してほしいこと" in shown and "<script>alert" not in shown
    assert (await first.send("fill", next_step="見守る")).status == 303
    signed = await second.send("", "/sign")
    assert (signed.status, signed.to) == (303, "/desk/sheets?said=signed")
    assert await site.state(session_id) == State.CLOSED
    assert (await second.browser.get(second.at))[0] == 404, "and what was read for it isn't theirs any more"


# --- the page for an agency -----------------------------------------------------------------------------------------


async def test_the_page_for_an_agency(site: Site) -> None:
    session_id = await site.sheets.at_risk(site.yuki)
    yuki = await site.who("yuki")
    at = f"/desk/talks/{session_id}/handover?to="
    assert (await yuki.get(at + "police"))[0] == 400
    sheet = replace(REPORTED, handover=HOSTILE, without_consent=WithoutConsent("あ", "い", "う", True))
    await site.sheets.save(session_id, site.yuki, sheet, 0)
    page = await yuki.page(at + "municipal_board")
    assert "教育委員会　御中" in page and "書きかけ" in page and "<script>alert" not in page
    assert SECRET not in page and "だれが知らせたかは" in page and "中2" not in page
    for wrong in ("", "nobody", "%3Cscript%3E", "POLICE"):
        assert (await yuki.get(at + wrong))[0] == 404
    await site.sheets.suspect(session_id, Suspect.TEACHER)
    status, page = await yuki.get(at + "school")
    assert status == 403 and "渡せません" in page
    assert "to=school" not in await yuki.page(f"/desk/talks/{session_id}/sheet")
    assert (await (await site.who("sora")).get(at + "police"))[0] == 404
    assert {entry.detail["to"] for entry in await site.sheets.audit("open_handover")} >= {"municipal_board", "school"}


# --- who isn't meant to be here -------------------------------------------------------------------------------------


async def test_nobody_changes_a_sheet_from_elsewhere_or_for_somebody_else(site: Site) -> None:
    session_id = await site.ended()
    yuki = SheetPage(await site.who("yuki"), session_id)
    form = await yuki.form()
    foreign = replace(yuki, headers={"origin": "https://evil.example"})
    for suffix in ("", "/sign", "/return"):
        assert (await foreign.post(form, suffix)).status == 403
        assert (await yuki.post([one for one in form if one[0] != "token"], suffix)).status == 403
        assert (await yuki.post([*form, ("token", "x" * 64)], suffix)).status == 403
        stranger = SheetPage(browser(site.url), session_id)
        site.browsers.append(stranger.browser)
        assert (await stranger.post(form, suffix)).status in (303, 401, 403)
        nothing = SheetPage(yuki.browser, uuid4())
        assert (await nothing.post(form, suffix)).status == 404
        other = SheetPage(await site.who("sora"), session_id)
        mine = [*form, ("token", await _token(other.browser))]
        assert (await other.post(mine, suffix)).status == 404, "a talk of somebody else's isn't there"
    assert (await other.browser.get(other.at))[0] == 404
    assert (await yuki.browser.get(f"/desk/talks/{uuid4()}/sheet"))[0] == 404
    assert (await yuki.browser.get("/desk/talks/x/sheet"))[0] == 404
    assert await site.sheets.record(session_id) is None and await site.state(session_id) == State.WRAP_UP


async def test_another_role_has_no_sheets(site: Site, service: Service) -> None:
    session_id = await site.ended()
    await Accounts(service.store, service.setting, ArgonPasswords()).add(
        "kyoiku", "かかり", StaffRole.BOARD, "long enough a password"
    )
    board = SheetPage(await site.who("kyoiku", "long enough a password"), session_id)
    token = ("token", await _token(board.browser))
    for path, refused in (
        (board.at, 404),
        ("/desk/sheets", 403),
        (f"/desk/talks/{session_id}/handover?to=police", 404),
    ):
        assert (await board.browser.get(path))[0] == refused
    for suffix in ("", "/sign", "/return"):
        assert (await board.post([token, ("version", "0"), ("remark", "あ"), ("verb", "fill")], suffix)).status == 404
    assert await site.sheets.record(session_id) is None


# --- what somebody hostile sends ------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [HOSTILE, LONG, EMOJI], ids=["html", "5000 letters", "1000 emoji"])
async def test_words_of_any_kind_are_words(site: Site, words: str) -> None:
    session_id = await site.ended()
    page = SheetPage(await site.who("yuki"), session_id)
    fields = dict.fromkeys([*WORDS, *LONG_WORDS], words)
    marks = {"reporting_class": "periodic", "without_consent": "yes", "call_transfer": "yes"}
    saved = await page.send("save", **marks, **fields)
    assert saved.status == 303, saved.page
    sheet = await site.sheet(session_id)
    assert sheet.summary == sheet.handover == words and sheet.person.school_name.value == words
    shown = await page.browser.page(page.at)
    assert "<script>alert" not in shown and "<b>" not in shown
    refused = await page.send("fill")
    assert refused.status == 400 and await site.state(session_id) == State.WRAP_UP
    if words is not HOSTILE:
        assert "文字までに短くしてください" in refused.page
    # Nothing of it is lost on the way through the refusal.
    assert (await site.sheet(session_id)).summary == words
    assert words.encode() not in await site.bridge.everything()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("primary", "nothing"),
        ("secondaries", "<b>"),
        ("kind", "x" * 5000),
        ("outcome", "\u202e"),
        ("role", "robot"),
        ("reporting_class", "ア"),
        ("consent", "maybe"),
        ("agencies", "mafia"),
        ("decided_at", "きょう"),
        ("decided_at", "0001-01-01T00:00"),
        ("decided_at", "9999-12-31T23:59"),
        ("decided_at", "2026-11-20T18:00<script>"),
        ("deadline", "2026-02-30T10:00"),
    ],
)
async def test_what_can_t_be_read_is_said_and_nothing_is_kept(site: Site, name: str, value: str) -> None:
    session_id = await site.ended()
    page = SheetPage(await site.who("yuki"), session_id)
    changed = {"reporting_class": "promptly", "summary": "残る", name: value}
    refused = await page.send("save", **changed)
    assert refused.status == 400 and "残る" in refused.page and "直すところ" in refused.page
    assert "<script>" not in refused.page.replace('<script type="module"', "")
    assert await site.sheets.record(session_id) is None


async def test_forms_that_no_browser_sends(site: Site) -> None:
    session_id = await site.ended()
    page = SheetPage(await site.who("yuki"), session_id)
    token = ("token", await _token(page.browser))
    for version in ("", "-1", "１", "9" * 30, "x"):
        refused = await page.post([token, ("verb", "fill"), ("version", version)])
        assert refused.status == 400 and "読み込み直して" in refused.page
        assert (await page.post([token, ("version", version)], "/sign")).status in (400, 409)
    assert (await page.post([token, *((f"n{number}", "") for number in range(200))])).status == 400
    assert (await page.post([token, ("summary", "あ" * 200_000)])).status == 413
    plain = replace(page, headers={"content-type": "text/plain"})
    assert (await plain.post([token])).status == 400
    assert await site.sheets.record(session_id) is None
    bare = await page.post([token, ("version", "0"), ("verb", "save")])
    assert bare.status == 303, "fields that are missing are empty"
    assert (await site.sheet(session_id)).consent is Consent.NOT_ASKED


async def test_a_form_sent_twice_is_one_record(site: Site) -> None:
    session_id = await site.ended()
    page = SheetPage(await site.who("yuki"), session_id)
    form = [*await page.form(), ("verb", "fill")]
    assert [(await page.post(form)).to for _ in range(3)] == ["/desk/sheets?said=filled"] * 3
    verbs = await site.bridge.verbs(session_id)
    assert [verbs.count(verb) for verb in ("fill_sheet", "close", "save_sheet")] == [1, 1, 0]


async def _token(of: Browser) -> str:
    page = await of.page("/desk/service")
    return page.split('data-token="')[1].split('"')[0]
