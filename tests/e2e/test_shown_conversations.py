"""docs/conversations.md holds five whole conversations as the product really answers.

The students' words are in tests/shown, with the state they come to and what a reader judged of the answers; the page is refused when the product answers
differently. ``TSUNAGI_WRITE_PAGES=1`` writes it anew; then it has to be read and judged again.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any, Final

import yaml

from handoff.settings import ROOT
from handoff.simulator.client import StandIn
from tests.conversations.runner import Reply, house_rules
from tests.support.running import OPEN, Running

PAGE: Final = ROOT / "docs" / "conversations.md"
SHOWN: Final = ROOT / "tests" / "shown"
HEAD: Final = """\
# 会話の見本 / Whole conversations

本物の案内が答えたとおりの会話です（事業設定は見本の `demo`、開いている時間）。学生の言葉は `tests/shown` にあり、
`tests/e2e/test_shown_conversations.py` がこのページと今の答えをくらべます。［ ］は、その下に出るボタンです。
それぞれのあとに、言ってよいこと・いけないこと（[texts.md](texts.md)）に照らして読んだ人の判断を書いています。
"""


async def said(service: Running, line: StandIn, user: str, words: str, heard: int) -> list[Reply]:
    await line.text(user, words)
    await service.settled()
    service.not_called_back(user)
    answers = (await line.answers(user))[heard:]
    return [
        Reply(one.text, tuple((str(q["label"]), str(q.get("text", ""))) for q in one.quick_replies)) for one in answers
    ]


async def recorded(service: Running, user: str, state: str) -> dict[str, Any]:
    """The session once it has this state: a message left while people are there gets its place by the worker's round."""
    for _ in range(200):
        if (row := service.session(user))["state"] == state:
            break
        await asyncio.sleep(0.1)
    return row


async def shown(service: Running, line: StandIn, script: dict[str, Any], faults: list[str]) -> str:
    user, heard = await line.user(), 0
    parts = [f"## {script['title']}\n"]
    for words in map(str, script["turns"]):
        replies = await said(service, line, user, words, heard)
        heard += len(replies)
        faults += house_rules(replies) if replies else []
        parts.append(f"**あなた** {words}\n")
        for reply in replies:
            # Each run has a port of its own.
            text = reply.text.replace("\n", "<br>").replace(service.web, "https://tsunagi.example.jp")
            parts.append(f"> {text}\n")
        if replies and replies[-1].buttons:
            parts.append("> " + " ".join(f"［{label}］" for label, _ in replies[-1].buttons) + "\n")
        if not replies:
            parts.append("> （返事はしません）\n")
    row = await recorded(service, user, script["state"])
    kept = "、".join(f"{name}={value}" for name, value in row["answers"].items() if value)
    parts.append(f"記録: 状態 `{row['state']}`{'、' + kept if kept else ''}\n")
    parts.append(f"判断: {script['judged'].strip()}\n")
    return "\n".join(parts)


def scripts() -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(Path(SHOWN).glob("*.yml"))]


async def test_the_page_shows_what_the_product_answers(service: Running) -> None:
    await service.choose(profile="demo", clock=OPEN)
    service.execute("UPDATE sessions SET state = 'closed' WHERE state <> 'closed'")
    faults: list[str] = []
    parts = [HEAD]
    async with service.standin() as line:
        for script in scripts():
            parts.append(await shown(service, line, script, faults))
            # Each of them comes alone: those before would make a congestion, of which a student hears.
            service.execute("UPDATE sessions SET state = 'closed' WHERE state <> 'closed'")
    page = "\n".join(parts)
    assert faults == []
    if os.environ.get("TSUNAGI_WRITE_PAGES"):
        PAGE.write_text(page, encoding="utf-8")
    assert page == PAGE.read_text(encoding="utf-8")
