"""Files at the report's form without a script: what fails undoes nothing else (KAG-2: a report is stored all the same)."""

from __future__ import annotations

import io

from PIL import Image

from handoff.domain.profile.access import FlowMedia, Media
from tests.integration.report_support import Reporter, Window


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#2a6555").save(out, "PNG")
    return out.getvalue()


async def test_a_picture_alone_is_a_report(window: Window, me: Reporter) -> None:
    await me.step("danger")
    await me.step("school")
    await me.upload(("画面.png", picture()), sensitive="no")
    assert me.status == 200 and me.heading == "写真や画面" and "<b>画面.png</b>" in me.page and "届きました" in me.page
    await me.step("evidence")
    assert "画面.png" in me.page and "まだ何も書かれていません" not in me.page
    await me.post("/report/send")
    assert me.heading.startswith("届きました。") and (await window.report()).status == "new"


async def test_what_fails_leaves_the_words_and_the_other_files(window: Window, me: Reporter) -> None:
    await me.write("ノートに書かれた悪口")
    await me.upload(("よい.png", picture()), ("わるい.png", b"MZ no picture at all" * 20), sensitive="no")
    assert (
        me.status == 400 and "「わるい.png」" in me.page and "<b>よい.png</b>" in me.page and "<b>わるい" not in me.page
    )
    await me.upload(("", b""))  # what a browser sends where nothing was chosen
    assert me.status == 400 and "まだえらばれていません" in me.page
    await me.step("evidence")
    assert "ノートに書かれた悪口" in me.page
    code = await me.send("ノートに書かれた悪口")
    await me.post("/report/answer", {"receipt": code})
    await me.upload(("あとから.png", picture()), **{"from": "mine"}, sensitive="unsure")
    assert me.heading == "あなたが知らせたこと" and "あとから.png" in me.page
    states = await window.service.rows("SELECT state FROM evidence ORDER BY made_at")
    assert [row.state for row in states if row.state != "refused"] == ["stored", "quarantined"]


async def test_row_4_nobody_adds_files_to_another_s_report(window: Window, me: Reporter) -> None:
    await me.send()
    async with window.reporter() as other:
        other.token = "A" * 43
        await other.upload(("x.png", picture()))
        assert other.status == 404
    assert await window.service.rows("SELECT 1 FROM evidence") == []


async def test_where_no_files_are_taken_there_is_no_page_for_them(window: Window, me: Reporter) -> None:
    setting = window.service.setting
    setting.profile = setting.profile.model_copy(update={"media": Media(report=FlowMedia())})
    await me.write("ことば")
    await me.step("school")
    assert me.heading == "読み直して、送る" and "4／4" in me.page
    code = await me.send("ことば")
    await me.post("/report/answer", {"receipt": code})
    assert "写真や動画を送る" not in me.page
