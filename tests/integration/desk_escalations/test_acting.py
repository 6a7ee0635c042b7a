"""People at the desk act on an escalation: all is on record, sealed, done once, and hostile words stay words."""

from __future__ import annotations

import re

from tests.integration.conftest import CLOSED, SEALER, Service
from tests.integration.desk_escalations.conftest import (
    EMOJI,
    HOSTILE,
    LONG,
    RISK,
    SECRET,
    Desk,
    Person,
    hidden,
)
from tests.support import alarms
from tests.support.fakes import FrozenClock
from tests.support.sites import desk_site

# --- acting ---------------------------------------------------------------------------------------------------------


async def test_the_way_through_the_states_is_on_record_by_id(desk: Desk, yuki: Person, sora: Person) -> None:
    page = await yuki.page()
    assert "<mark>死にたい</mark>" in page and "読みました・対応します" in page and "緊急対応になった言葉" in page
    for _ in range(2):
        assert (await yuki.send("acknowledge"))[0] == 303
    assert "ゆきが受けました" in await sora.page()
    status, page = await sora.send("contact")
    assert status == 409 and "ゆきが受けています" in page and "引き継ぐ" in page
    assert (await sora.send("take-over"))[0] == 303
    assert (await sora.send("contact"))[0] == 303
    status, page = await yuki.send("close", reason="safe", note="安全を確かめた")
    assert status == 409 and "安全を確かめた</textarea>" not in page, "somebody else has it: no form"
    status, page = await sora.send("close", reason="safe", note="　 ok　")
    assert status == 400 and 'aria-invalid="true"' in page and "5文字から" in page
    status, page = await sora.send("close", note="安全を確かめました")
    assert status == 400 and "一つ選んで" in page and "安全を確かめました</textarea>" in page, "nothing typed is lost"
    assert (await sora.send("close", reason="test", note="安全を確かめました"))[0] == 400
    fields = hidden(await sora.page()) | {"reason": "safe", "note": "本人と電話で話し、安全を確かめました。"}
    for _ in range(2):
        assert (await sora.post(f"{desk.at}/close", fields))[0] == 303, "a second tap is no fault"
    assert (await sora.post(f"{desk.at}/close", fields | {"reason": "not_at_risk"}))[0] == 409
    row = await desk.row()
    assert (row.state, row.closed_by, row.closed_reason) == ("closed", "そら", "safe")
    assert "電話".encode() not in row.note
    assert SEALER.open("escalations", "note", str(desk.escalation), row.note) == fields["note"]
    yuki_id, sora_id = await desk.actor("yuki"), await desk.actor("sora")
    deeds = [
        one for one in await desk.audit() if one[0] in (yuki_id, sora_id) and not one[1].startswith(("open", "sign"))
    ]
    assert deeds == [
        (yuki_id, "acknowledge_escalation"),
        (sora_id, "take_over_escalation"),
        (sora_id, "start_contact"),
        (sora_id, "close_escalation"),
    ]
    assert "本人と電話で話し" in await yuki.page()


async def test_a_call_is_noted_once_sealed_and_shown(desk: Desk, yuki: Person) -> None:
    await yuki.send("acknowledge")
    status, page = await yuki.send("call", agency="police", result="reached", whom="", told="橋の名前")
    assert status == 400 and "話した相手" in page and "橋の名前</textarea>" in page
    assert (await yuki.send("call", agency="moon", result="reached"))[0] == 400
    assert (await yuki.send("call", agency="police", result="perhaps"))[0] == 400
    assert (await yuki.send("call", agency="police", result="not_reached", told=LONG))[0] == 400
    fields = hidden(await yuki.page()) | {
        "agency": "police",
        "result": "reached",
        "whom": "生活安全課 " + HOSTILE,
        "told": EMOJI + HOSTILE,
    }
    for _ in range(2):
        assert (await yuki.post(f"{desk.at}/call", fields))[0] == 303
    assert (await yuki.send("call", agency="child_guidance_centre", result="will_call_back"))[0] == 303
    calls = await desk.service.rows("SELECT * FROM escalation_calls ORDER BY at, agency DESC")
    assert [(row.agency, row.result, row.who) for row in calls] == [
        ("police", "reached", "ゆき"),
        ("child_guidance_centre", "will_call_back", "ゆき"),
    ]
    assert "生活安全課".encode() not in calls[0].detail and b"\\u" not in calls[0].detail
    page = await yuki.page()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and 'dir="auto"' in page
    assert "つながった" in page and "折り返しを待つ" in page and EMOJI in page
    audit = repr(await desk.service.rows("SELECT actor, verb, detail FROM audit_events WHERE verb = 'record_call'"))
    assert audit.count("record_call") == 2 and "生活" not in audit and "reached" in audit


async def test_a_suspected_school_is_in_no_list(service: Service) -> None:
    service.setting.clock = FrozenClock(CLOSED)
    risk = alarms.Risk(["死にたい"], suspects=frozenset({"teacher", "guardian"}))
    session = await alarms.write(service.store, service.setting, SECRET, risk)
    escalation = await alarms.escalation_of(service.store, session)
    async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
        desk = Desk(service, FrozenClock(CLOSED), url, session, escalation)
        async with desk.person("yuki") as yuki:
            page = await yuki.page()
            assert "在籍校" not in page and 'value="school"' not in page and "tel:189" in page and "tel:110" in page
            assert "学校には連絡しないで" in page and "保護者には連絡しないで" in page
            sheet = (await yuki.get(f"{desk.at}/sheet"))[1]
            assert "保護者には連絡しないで" in sheet and "在籍校" not in sheet


async def test_who_was_asked_and_what_they_answered(desk: Desk, yuki: Person, sora: Person) -> None:
    for kind in ("instruction", "lawyer", "follow_up"):
        fields = hidden(await yuki.page()) | {"kind": kind, "question": f"教育委員会の当番に電話した {HOSTILE}"}
        for _ in range(2):
            assert (await yuki.post(f"{desk.at}/ask", fields))[0] == 303
    steps = await desk.service.rows("SELECT * FROM escalation_steps ORDER BY kind")
    assert [row.kind for row in steps] == ["follow_up", "instruction", "lawyer"], "sent twice, asked once"
    assert all("教育委員会".encode() not in row.question for row in steps)
    assert "頼んだこと3件に、まだ答えがありません" in (await sora.get("/desk/escalations"))[1]
    for kind, question in (("moon", "あいうえお"), ("lawyer", LONG), ("lawyer", "")):
        assert (await yuki.send("ask", kind=kind, question=question))[0] == 400
    at = f"steps/{steps[0].id}/answer"
    status, page = await sora.send(at, answer="短い")
    assert status == 400 and f'id="fault-answer-{steps[0].id}-answer"' in page
    for _ in range(2):
        assert (await sora.send(at, answer="月曜に面談する、とのこと"))[0] == 303
    assert (await yuki.send(at, answer="ちがう答えを書く"))[0] == 409, "an answer is never changed"
    (row,) = await desk.service.rows("SELECT * FROM escalation_steps WHERE answer IS NOT NULL")
    assert row.answered_by == "そら" and "面談".encode() not in row.answer
    page = await yuki.page()
    assert "月曜に面談する" in page and "<script>alert" not in page
    assert await desk.verbs() == ["ask_instruction"] * 3 + ["note_answer"]
    other = await alarms.write(desk.service.store, desk.service.setting, "死にたい", RISK, "U" + "7" * 32)
    elsewhere = await alarms.escalation_of(desk.service.store, other)
    path = f"/desk/escalations/{elsewhere}/steps/{steps[1].id}/answer"
    assert (await yuki.post(path, hidden(page) | {"answer": "よその答えです"}))[0] == 404


async def test_hostile_words_of_a_student_stay_words(desk: Desk, yuki: Person) -> None:
    service = desk.service
    await alarms.write(service.store, service.setting, f"死にたい {HOSTILE}", RISK)
    place = alarms.location("<b>橋</b>", 35.1, 139.2)
    await alarms.write(service.store, service.setting, "", RISK, message=place)
    await alarms.write(service.store, service.setting, "死にたい" + EMOJI, RISK)
    for path in (desk.at, f"{desk.at}/sheet"):
        status, page = await yuki.get(path)
        assert status == 200 and "<script>alert" not in page and "<b>橋" not in page
        assert "&lt;script&gt;" in page and "緯度 35.1、経度 139.2" in page and EMOJI in page
        assert page.count("<mark>死にたい</mark>") >= 3
    await service.change("UPDATE messages SET hidden_at = now() WHERE author = 'student'")
    page = await yuki.page()
    assert "ひみつの橋" not in page and "送信を取り消しました" in page
    assert "ひみつの橋" not in (await yuki.get(f"{desk.at}/sheet"))[1]


async def test_the_pages_headers_are_strict_and_nothing_is_kept(desk: Desk, yuki: Person) -> None:
    async with yuki.http.get(desk.url + desk.at) as answer:
        assert (
            answer.headers["cache-control"] == "no-store"
            and "default-src 'none'" in answer.headers["content-security-policy"]
        )
        page = await answer.text()
    assert "<style" not in page and "style=" not in page and not re.search(r"<script(?! type=\"module\" src=)", page)
