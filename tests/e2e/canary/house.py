"""What the team writes for itself: phrases, notes, the roster, its shift, faults, a drill, closures, policies, schools."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import aiohttp

from handoff.adapters.one_time_numbers import PyotpNumbers
from handoff.bootstrap.desk import DEMO_PASSWORD
from handoff.domain.school_columns import CODE, COLUMNS, NAME, TYPE
from handoff.domain.second_factor import step_of
from tests.e2e.canary.desk import after
from tests.e2e.canary.evening import LATER, SOON, TODAY, Evening
from tests.support.forms import untouched

PHRASES, NOTES, SCHOOLS = "/desk/phrases", "/desk/knowledge", "/desk/schools"
SHIFT, FAULTS, CLOSURES, POLICIES = f"/desk/shifts/{TODAY}", "/desk/faults", "/desk/closures", "/desk/policies"
#: The columns of a school's first contact.
PERSON, DUTY = "連絡先1の氏名", "連絡先1の職名"


async def phrase(evening: Evening, word: str) -> str:
    return await evening.yuki.fill(PHRASES, PHRASES, title="あいさつ", shortcut="kanari", text=word)


async def phrase_sent_back(evening: Evening, word: str) -> str:
    mine = evening.words["phrase"]
    await evening.yuki.fill(PHRASES, after(await evening.yuki.page(PHRASES), mine, "/offer"))
    refuse = after(await evening.minato.page(PHRASES), mine, "/refuse")
    await evening.minato.fill(PHRASES, refuse, remark=word)
    return await evening.yuki.page(PHRASES)


async def note_for_all(evening: Evening, word: str) -> str:
    return await evening.yuki.fill(NOTES, NOTES, title="つなぎ先", text=word, expires_on="")


async def words_looked_for(evening: Evening, word: str) -> str:
    """Search words stand in addresses, which no log tells."""
    for path in (f"{SCHOOLS}?q={word}", f"/desk/facts?school={word}"):
        await evening.minato.page(path)
    await evening.kaede.page(f"/desk/audit?actor={word}&verb={word}")
    return await evening.minato.page(f"{NOTES}?q={word}")


async def roster_entry(evening: Evening, word: str) -> str:
    (somebody,) = evening.service.rows("SELECT id FROM staff WHERE name = 'team0'")
    at = evening.places["roster"] = f"/desk/rosters/{somebody['id']}"
    return await evening.kaede.fill(
        at,
        f"{at}/entries",
        real_name=word,
        qualification="公認心理師",
        experience=word,
        years="5",
        holds_from=SOON,
        valid_to=LATER,
    )


async def training(evening: Evening, word: str) -> str:
    at = evening.places["roster"]
    told = {"title": word, "by": word, "evidence": word, "held_on": TODAY, "hours": "2"}
    return await evening.kaede.fill(at, f"{at}/trainings", told)


async def pledge_on_paper(evening: Evening, word: str) -> str:
    at = evening.places["roster"]
    return await evening.kaede.fill(at, f"{at}/paper", signed_on=TODAY, place=word)


async def start_check(evening: Evening, word: str) -> str:
    await evening.minato.fill("/desk/shifts", "/desk/shifts/open")
    return await evening.minato.fill(SHIFT, f"{SHIFT}/confirm/alarm", words=word)


async def receipt_of_a_trial_alarm(evening: Evening, word: str) -> str:
    await evening.minato.fill(SHIFT, f"{SHIFT}/alarm")
    return await evening.minato.fill(SHIFT, f"{SHIFT}/alarm/0/received", name=word)


async def duty_note(evening: Evening, word: str) -> str:
    return await evening.minato.fill(f"{SHIFT}/duty", f"{SHIFT}/duty", words=word, time="18:00")


async def handover(evening: Evening, word: str) -> str:
    return await evening.minato.fill(f"{SHIFT}/handover", f"{SHIFT}/handover", words=word)


async def daily_paper(evening: Evening, word: str) -> str:
    return await evening.minato.fill(f"{SHIFT}/daily", f"{SHIFT}/daily", words=word, finish="yes")


async def fault(evening: Evening, word: str) -> str:
    fields = {"what": word, "measures": word, "began_at": f"{TODAY}T17:00", "noticed_at": f"{TODAY}T17:10"}
    fields |= {"noticed_by": word, "effect_reply": "yes", "affected": "unknown", "provider": "line"}
    shown = await evening.minato.fill(f"{FAULTS}/new", f"{FAULTS}/new", fields)
    evening.places["fault"] = evening.minato.led_to
    return shown


async def fault_reported(evening: Evening, word: str) -> str:
    at = evening.places["fault"]
    told = {"at": f"{TODAY}T17:30", "way": "phone", "to": word, "told": word, "reply": word}
    return await evening.minato.fill(at, f"{at}/report", told)


async def drill(evening: Evening, word: str) -> str:
    await evening.minato.fill(FAULTS, f"{FAULTS}/drills", script="friend")
    at = evening.minato.led_to
    await evening.minato.fill(at, f"{at}/stop")
    return await evening.minato.fill(at, f"{at}/words", words=word)


async def closure(evening: Evening, word: str) -> str:
    begins, ends = f"{LATER}T17:00", f"{LATER}T18:00"
    shown = await evening.minato.fill(CLOSURES, f"{CLOSURES}/plan", begins_at=begins, ends_at=ends, text=word)
    await evening.minato.fill(CLOSURES, after(shown, word, "/lift"))
    return shown


async def words_of_the_policy(evening: Evening, word: str) -> str:
    """A draft; what is published is for everybody to read."""
    page = await evening.kaede.page(POLICIES)
    evening.places["policy"] = dict(untouched(page, f"{POLICIES}/words"))["full"]
    return await evening.kaede.fill(POLICIES, f"{POLICIES}/words", full=word)


async def person_at_a_school(evening: Evening, word: str) -> str:
    """The school's own name is public."""
    cells = {CODE: "kanari1", NAME: "ことり学園", TYPE: "中学校", DUTY: "教頭", PERSON: word}
    await evening.kaede.fill(f"{SCHOOLS}/new", f"{SCHOOLS}/new", cells)
    return await evening.kaede.page(f"{SCHOOLS}/kanari1")


async def file_of_schools(evening: Evening, word: str) -> str:
    """Looked through, and not taken in."""
    at = f"{SCHOOLS}/import"
    cells = {CODE: "kanari2", NAME: "めじろ学園", TYPE: "中学校", DUTY: "教頭", PERSON: word}
    table = f"{','.join(COLUMNS)}\n{','.join(cells.get(column, '') for column in COLUMNS)}\n"
    form = aiohttp.FormData(quote_fields=False)
    for name, value in untouched(await evening.kaede.page(at), at):
        if name != "file":
            form.add_field(name, value)
    form.add_field("file", table.encode(), filename=f"{word}.csv", content_type="text/csv")
    async with evening.kaede.http.post(evening.service.web + at, data=form) as answer:
        shown = await answer.text()
        assert answer.status == 200 and "めじろ学園" in shown, shown
    return evening.opened("school_uploads", "file")


async def lost_device(evening: Evening, word: str) -> str:
    """Somebody sets up a second factor, and two take it off again: by what they knew whose it was."""
    page = "/desk/second-factor"
    shown = await evening.hikari.fill(page, f"{page}/begin", password=DEMO_PASSWORD)
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', shown)
    assert found is not None, shown
    secret = evening.places["secret"] = found[1].replace(" ", "")
    number = PyotpNumbers().number(secret, step_of(datetime.now(UTC)))
    codes = (await evening.hikari.open(page, f"{page}/confirm", code=number)).decode()
    evening.places["codes"] = re.findall(r'name="codes" value="([^"]+)"', codes)[0]
    (hikari,) = evening.service.rows("SELECT id FROM staff WHERE name = 'hikari'")
    at = "/desk/accounts"
    await evening.kaede.fill(at, f"{at}/{hikari['id']}/reset", reason=word)
    confirm = after(await evening.minato.page(at), word, "/confirm")
    return await evening.minato.fill(at, confirm)


async def tidied(evening: Evening) -> None:
    """What would be in the way of other tests is taken away again."""
    words = evening.words
    await evening.yuki.fill(PHRASES, after(await evening.yuki.page(PHRASES), words["phrase"], "/remove"))
    await evening.yuki.fill(NOTES, after(await evening.yuki.page(NOTES), words["note_for_all"], "/remove"))
    await evening.kaede.fill(POLICIES, f"{POLICIES}/words", full=evening.places["policy"])
    await evening.kaede.fill(f"{SCHOOLS}/kanari1", f"{SCHOOLS}/kanari1/closing", {"閉校日": TODAY})
    # Whose factor was taken off is led to that page at each sign-in until they have read it.
    await evening.hikari.enter("hikari", DEMO_PASSWORD)
    await evening.hikari.fill("/desk/second-factor", "/desk/second-factor/read")
