"""The hostile corpus over real HTTP: each file is refused with its status, nothing of it stays, and the site goes on (row 17)."""

from __future__ import annotations

from handoff.domain.evidence import SLICE
from tests.integration.test_evidence_web import Page, page  # noqa: F401 - the fixture
from tests.support import hostile_files as hostile


async def refusal(sender: Page, data: bytes, declared: str) -> tuple[int, str]:
    """Send a file in slices as the page's script does, to where it is refused: the status and what the sender reads."""
    status, told = await sender.ask("POST", "/begin", json={"name": "x", "type": declared, "size": len(data)})
    if status != 201:
        return status, told["message"]
    path = f"/{told['id']}"
    for place in range(0, len(data), SLICE):
        status, told = await sender.ask("PUT", f"{path}?offset={place}", data=data[place : place + SLICE])
        if status != 200:
            return status, told["message"]
    status, told = await sender.ask("POST", f"{path}/finish")
    assert status != 200, told
    # It is over: nothing goes on with it, and asked again it isn't taken after all.
    assert (await sender.ask("PUT", f"{path}?offset=0", data=data[:SLICE]))[0] == 404
    assert (await sender.ask("POST", f"{path}/finish"))[0] == 404
    return status, told["message"]


async def test_each_file_of_the_corpus_is_refused_and_the_next_request_is_served(page: Page) -> None:  # noqa: F811
    """Rows 16 and 17: 415 or 422 as the corpus says, no row that waits, no piece, and the process is alive after each."""
    for name, (data, declared, status) in hostile.REFUSED.items():
        token, _session = await page.files.report()
        told, words = await refusal(Page(page.files, page.url, page.http, token), data, declared)
        assert (name, told) == (name, status) and status in (415, 422)
        assert words.endswith("。") and hostile.CANARY not in words, name
        assert set(await page.stored()) <= {"refused"}, name
        assert await page.pieces() == 0, name
        async with page.http.get(f"{page.url}/healthz") as answer:
            assert answer.status == 200, name
    # The corpus isn't refused for anything else: what is good is taken at the same door.
    fields = {"token": page.token}
    assert (await page.form(fields, [("file", "a.png", "image/png", hostile.png())]))[0] == 200
    assert (await page.stored()).count("stored") == 1


async def test_the_corpus_in_a_plain_form_is_refused_file_by_file(page: Page) -> None:  # noqa: F811
    """Without a script the form is taken, and each file hears why it isn't here; nothing of any of them stays."""
    corpus = [(name, one) for name, one in hostile.REFUSED.items() if one[2] == 415]
    for place in range(0, len(corpus), 4):
        token, _session = await page.files.report()
        sender = Page(page.files, page.url, page.http, token)
        some = corpus[place : place + 4]
        files = [("file", name, declared, data) for name, (data, declared, _status) in some]
        status, told = await sender.form({"token": token}, files)
        assert status == 200
        assert [(one["name"], one["code"] in ("evidence_type", "evidence_heic")) for one in told["files"]] == [
            (name, True) for name, _one in some
        ]
    assert set(await page.stored()) <= {"refused"} and await page.pieces() == 0
