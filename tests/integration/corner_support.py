"""A thing behind every address of the desk, each somebody's own: what the walks over all routes and roles stand on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

from handoff.domain.coding import TopicCode
from handoff.domain.data_request import Arrival, Asker, Wish
from handoff.domain.drill import Drill
from handoff.domain.escalation import CloseReason
from handoff.domain.escalation_steps import StepKind
from handoff.domain.incoming import Channel
from handoff.domain.leak import DataKind, LeakContent, VersionKind
from handoff.domain.profile.vocabulary import Prohibited
from handoff.domain.second_factor import Reset
from handoff.services.broadcasts.approve_text import Proposal, ProposeText
from handoff.services.broadcasts.decide_block import BlockWish, DecideBlock
from handoff.services.desk.act_on_escalation import ActOnEscalation
from handoff.services.desk.ask_instruction import AskInstruction
from handoff.services.desk.close_window import PlanClosure
from handoff.services.desk.correct_sheet import CorrectSheet, DecideCorrection
from handoff.services.desk.keep_phrase import KeepPhrase, Written
from handoff.services.desk.knowledge import WriteKnowledge
from handoff.services.desk.reveal_address import AskForAddress, RevealAddress, ReviewAddress
from handoff.services.retention_ports import ResearchExport
from handoff.services.rosters.keep_trainings import AddTraining
from handoff.services.school_ports import Upload
from handoff.web.desk.requests.parts import request_desk
from tests.integration.desk_support import AT_CRITICAL
from tests.integration.fault_support import Log
from tests.integration.house_support import House
from tests.integration.roster_support import held
from tests.integration.sheet_support import REPORTED, Sheets
from tests.support import alarms

TODAY = date(2026, 11, 20)


async def fill_corners(house: House) -> dict[str, UUID]:
    """Put something at every address; give the ids by the routes' names for them.

    The talk, its line, its files, the phrase, the old alarm with its step, wish and opening are the counsellor's; the
    upload, the fault and the drill the supervisor's; a correction is decided, a report not sent, a question the board's.
    """
    bridge, service = house.bridge, house.service
    store, setting, members = service.store, service.setting, house.members
    mine, boss, trainee = members["counsellor"], members["supervisor"], members["trainee"]
    now = bridge.clock.now()
    places: dict[str, UUID] = {"staff_id": members["other"].id}

    async def one(name: str, asked: str, **values: object) -> UUID:
        (row,) = (await service.rows(asked, **values))[:1]
        places[name] = row.id
        return UUID(str(row.id))

    talk = await one("session_id", "SELECT id FROM sessions WHERE counsellor_id = :s AND state = 'live'", s=mine.id)
    await one("line_id", "SELECT id FROM messages WHERE session_id = :t AND author = 'counsellor'", t=talk)
    await one("evidence_id", "SELECT id FROM evidence WHERE session_id = :t", t=talk)
    await one("task_id", "SELECT id FROM follow_ups")
    await one("entry_id", "SELECT id FROM roster_entries WHERE staff_id = :s", s=places["staff_id"])
    await one("report_id", "SELECT id FROM reports WHERE sent_at IS NULL")
    learns = await bridge.live(trainee, 20)
    await bridge.send(learns.id, trainee, learns.epoch, "たずねてもよいですか", uuid4())
    await one("proposal_id", "SELECT id FROM proposals")

    places["note_id"], places["phrase_id"] = uuid4(), uuid4()
    await WriteKnowledge(store, setting)(mine, places["note_id"], "題", "本文", None)
    await KeepPhrase(store, setting, ())(mine, places["phrase_id"], Written("題", "zz", "きいています。"))
    places["training_id"], places["closure_id"], places["text_id"] = uuid4(), uuid4(), uuid4()
    await AddTraining(store, setting)(boss, places["training_id"], places["staff_id"], held())
    begins = now + timedelta(days=1)
    await PlanClosure(store, setting)(boss, places["closure_id"], "お休みします。", begins, begins + timedelta(hours=1))
    await ProposeText(store, setting)(
        boss,
        places["text_id"],
        Proposal(kind="period_and_hours", words="受付の時間です。", begins_on=TODAY, ends_on=None),
    )
    async with store.transaction() as tx:
        upload = Upload(uuid4(), setting.profile.id, boss.id, now, b"x")
        await tx.schools.keep_upload(upload)
        contact = await tx.contacts.find_or_add(Channel.WEB, f"web:drill:{uuid4()}", now)
        drill = Drill(uuid4(), setting.profile.id, "none", contact, boss.id, now)
        await tx.drills.add(drill)
        real = setting.clock.real()
        reset = Reset(
            uuid4(), places["staff_id"], boss.id, boss.role, "電話で確かめた", real, real + timedelta(hours=1)
        )
        await tx.factor_resets.add(reset)
        export = ResearchExport(uuid4(), setting.profile.id, "調べもの", boss.id, now)
        await tx.research.ask(export)
    places |= {"reset_id": reset.id, "export_id": export.id, "upload_id": upload.id, "drill_id": drill.id}
    faults = Log(bridge, mine, boss)
    places["fault_id"] = await faults.open(boss, uuid4(), faults.text())

    calm = await bridge.waiting(21, "おすすめのお店はこちら")
    places["block_id"] = uuid4()
    wish = BlockWish(Prohibited.ADVERTISING, "同じ店の宣伝が続いた", TODAY + timedelta(days=6), compared=False)
    await DecideBlock(store, setting)(calm, boss, places["block_id"], wish)

    desk = request_desk(store, setting)
    places["request_id"] = await desk.receive(
        boss, uuid4(), Wish.DISCLOSE, Asker.GUARDIAN, Arrival.PAPER, TODAY, "10月の相談を見せてほしい"
    )
    places["instruction_id"] = await desk.ask_board(boss, uuid4(), "どうすればよいですか", None, nameless=True)
    known = LeakContent(noticed_by="業務責任者", what="宛先をまちがえた", kinds=frozenset({DataKind.WORDS}))
    places["leak_id"] = await desk.note_leak(boss, uuid4(), TODAY, known)
    places["version_id"] = uuid4()
    await desk.send_leak(places["leak_id"], boss, VersionKind.FIRST, 1, places["version_id"])
    await one("version_id", "SELECT id FROM leak_versions")

    places |= await _old_alarm(house)
    places |= await _correction(house)
    return places


async def _old_alarm(house: House) -> dict[str, UUID]:
    """An alarm that the counsellor closed the day before yesterday, with all that can belong to one."""
    store, setting = house.service.store, house.service.setting
    mine, boss = house.members["counsellor"], house.members["supervisor"]
    alarm = await alarms.escalation_of(store, await house.bridge.waiting(22, AT_CRITICAL))
    act, wish, step = ActOnEscalation(store, setting), uuid4(), uuid4()
    await act.acknowledge(alarm, mine)
    await AskInstruction(store, setting)(alarm, mine, StepKind.LAWYER, "どうすればよいですか", step)
    await AskForAddress(store, setting)(alarm, mine, "所在を確かめるため", wish)
    opened = await RevealAddress(store, setting)(alarm, boss, "所在を確かめるため", uuid4())
    await ReviewAddress(store, setting)(alarm, opened.opening_id, mine)
    await act.close(alarm, mine, CloseReason.SAFE, "家族と話して、無事を確かめた")
    await house.service.change(
        "UPDATE escalations SET closed_at = closed_at - interval '2 days' WHERE id = :e", e=alarm
    )
    return {"escalation_id": alarm, "step_id": step, "wish_id": wish, "opening_id": opened.opening_id}


async def _correction(house: House) -> dict[str, UUID]:
    """A sheet of the counsellor's that goes to others, and a correction of it that the supervisor decided on."""
    store, setting = house.service.store, house.service.setting
    mine, boss = house.members["counsellor"], house.members["supervisor"]
    sheets, key = Sheets(house.bridge), uuid4()
    session = await sheets.at_risk(mine, 23)
    filled = await sheets.fill(session, mine, REPORTED, 0)
    await sheets.sign(session, boss, filled.record.version)
    version = (await sheets.known(session)).version
    right = replace(REPORTED, primary=TopicCode.BULLYING)
    await CorrectSheet(store, setting)(session, mine, right, "取りちがえました", version, key)
    await DecideCorrection(store, setting)(session, key, boss, yes=False, remark="このままで合っています")
    return {"correction_id": key, "corrected_id": session}
