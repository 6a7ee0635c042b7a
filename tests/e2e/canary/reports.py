"""What people write about a report, and why they take out a file of it."""

from __future__ import annotations

from tests.e2e.canary.desk import after
from tests.e2e.canary.evening import TODAY, Evening
from tests.support.hostile_files import png


async def report_read(evening: Evening, word: str) -> str:
    """Somebody takes it, and compares it with what is known."""
    at = evening.report
    await evening.yuki.fill(at, f"{at}/take")
    await evening.yuki.fill(at, f"{at}/triage", reporting_class="promptly", topic="bullying")
    return await evening.yuki.fill(at, f"{at}/check", check=word)


async def answer_to_a_report(evening: Evening, word: str) -> str:
    at = evening.report
    await evening.yuki.fill(at, f"{at}/answer", answer=word)
    return await evening.reporter.post("/report/mine")


async def note_on_a_report(evening: Evening, word: str) -> str:
    at = evening.report
    return await evening.yuki.fill(at, f"{at}/note", note=word)


async def report_handed_over(evening: Evening, word: str) -> str:
    at = evening.report
    told = {"to": "municipal_board", "way": "phone", "at": f"{TODAY}T18:00", "words": word}
    return await evening.yuki.fill(at, f"{at}/hand-over", told)


async def original_taken_out(evening: Evening, word: str) -> str:
    """The list of files, one of them, and why the file as it came was taken out."""
    at = after(await evening.minato.page(evening.report), evening.words["name_of_a_file"], "/evidence/[0-9a-f-]+")
    original = await evening.minato.open(at, f"{at}/original", purpose="check", reason=word)
    assert original == png(), "the file as it came"
    return await evening.minato.page(at)


async def report_closed(evening: Evening, word: str) -> str:
    at = evening.report
    await evening.yuki.fill(at, f"{at}/close", close=word)
    return await evening.yuki.page(at)


async def report_begun_again(evening: Evening, word: str) -> str:
    at = evening.report
    return await evening.minato.fill(at, f"{at}/reopen", reopen=word)
