"""One table for people, one file for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.acknowledge import Acknowledgement
from bench.answers import Answers
from bench.chat import Chats
from bench.desk import AtDesk
from bench.facts import Counted
from bench.figures import Times
from bench.rasa_alone import RasaAlone
from bench.schools import TakenIn
from bench.screen import HOSTILE_CHARACTERS, Screened
from bench.sealing import Sealing
from bench.starting import Starting

AIM_ACKNOWLEDGED_P99_MS = 25.0
AIM_ANSWERED_P95_MS = 100.0
AIM_SEEN_P99_MS = 250.0
AIM_TAKEN_P99_MS = 300.0
AIM_CHAT_P95_MS = 200.0
AIM_TIMES_FASTER = 3.0
AIM_WARM_START_S = 30.0
AIM_SCREENED_P50_US = 250.0
AIM_SCREENED_P99_US = 1000.0
AIM_HOSTILE_MS = 100.0
AIM_COUNTED_MS = 1000.0
AIM_TAKEN_IN_MS = 5000.0
#: Percent of a message's way that sealing may add.
AIM_SEALING_ADDS = 15.0


@dataclass
class Results:
    """Whatever was measured so far."""

    screen: Screened | None = None
    acknowledgement: Acknowledgement | None = None
    answers: Answers | None = None
    desk: AtDesk | None = None
    chat: Chats | None = None
    rasa: RasaAlone | None = None
    starting: Starting | None = None
    facts: Counted | None = None
    schools: TakenIn | None = None
    sealing: Sealing | None = None

    def as_json(self) -> dict[str, object]:
        """Everything, with what it was measured on."""
        parts = {
            "screen": self.screen,
            "ack": self.acknowledgement,
            "answer": self.answers,
            "desk": self.desk,
            "chat": self.chat,
            "rasa": self.rasa,
            "start": self.starting,
            "facts": self.facts,
            "schools": self.schools,
            "sealing": self.sealing,
        }
        about: dict[str, object] = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {
                "cpus": os.cpu_count(),
                "load_1_5_15": [round(load, 2) for load in os.getloadavg()],
                "system": platform.system(),
                "python": platform.python_version(),
                "sanic": version("sanic"),
            },
        }
        return about | {name: part.as_json() for name, part in parts.items() if part is not None}

    def write(self, path: Path) -> None:
        """The file, whole or not at all."""
        path.parent.mkdir(exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.replace(path)

    def show(self, console: Console) -> None:
        """The table, and below it what isn't a time."""
        table = Table(title="つなぎの速さ / how fast Tsunagi is", title_justify="left")
        table.add_column("", no_wrap=True)
        for name in ("p50", "p95", "p99", "max", "aim"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("", no_wrap=True)
        notes: list[str] = []
        if self.screen is not None:
            notes += _screen(table, self.screen)
        if self.acknowledgement is not None:
            notes += _acknowledgement(table, self.acknowledgement)
        if self.answers is not None:
            notes += _answers(table, self.answers)
        if self.desk is not None:
            notes += _desk(table, self.desk)
        if self.chat is not None:
            notes += _chat(table, self.chat)
        if self.rasa is not None:
            notes += _rasa(table, self.rasa)
        if self.starting is not None:
            notes += _starting(table, self.starting)
        if self.facts is not None:
            notes += _facts(table, self.facts)
        if self.schools is not None:
            _schools(table, self.schools)
        if self.sealing is not None:
            notes += _sealing(table, self.sealing)
        console.print(table)
        for note in notes:
            console.print(f"  {note}", soft_wrap=True)


def _screen(table: Table, found: Screened) -> list[str]:
    held = found.ours.p50 <= AIM_SCREENED_P50_US and found.ours.p99 <= AIM_SCREENED_P99_US
    aim = f"p50 ≤ {AIM_SCREENED_P50_US:g}, p99 ≤ {AIM_SCREENED_P99_US:g}"
    _row(table, f"risk screen, {found.characters:g} characters, one core (µs)", found.ours, aim, _verdict(held))
    _row(table, "  14 keywords by substring, in turns", found.peer)
    slowest = f"{found.slowest_ms:.1f}"
    verdict = _verdict(found.slowest_ms <= AIM_HOSTILE_MS)
    name = f"  {HOSTILE_CHARACTERS:,} hostile characters, the slowest (ms)"
    table.add_row(name, "", "", "", slowest, f"≤ {AIM_HOSTILE_MS:g} ms", verdict)
    table.add_section()
    hostile = ", ".join(f"{name} {ms:g}" for name, ms in sorted(found.hostile_ms.items(), key=lambda one: -one[1]))
    return [
        f"risk screen: {found.ours.count:,} messages; lexicon and model loaded in {found.load_s:g} s",
        f"  hostile (ms): {hostile}",
    ]


def _acknowledgement(table: Table, found: Acknowledgement) -> list[str]:
    aim = f"p99 ≤ {AIM_ACKNOWLEDGED_P99_MS:g} ms"
    ratio = found.ours.p50 / found.peer.p50, found.ours.p99 / found.peer.p99
    rate = f"{found.rate:g}/s"
    _row(table, f"webhook → 200, {rate} (ms)", found.ours, aim, _verdict(found.ours.p99 <= AIM_ACKNOWLEDGED_P99_MS))
    _row(table, "  empty Sanic at the same time", found.peer, "", f"ours ×{ratio[0]:.1f} p50, ×{ratio[1]:.1f} p99")
    _row(table, "  empty Sanic, idle machine", found.quiet_peer)
    _row(table, "  our own lateness in sending", found.late)
    table.add_section()
    counted = f"{_counts(found.statuses)}, lost {found.lost}, answered twice {found.twice}"
    return [
        f"webhooks: {counted}; the last answer came {found.all_answered_after_s:g} s after the last message",
        f"  {_others(found.other_cores)}",
    ]


def _answers(table: Table, found: Answers) -> list[str]:
    aim = f"p95 ≤ {AIM_ANSWERED_P95_MS:g} ms"
    rate = f"{found.rate:g}/s"
    _row(table, f"message → answer at LINE, {rate} (ms)", found.answer, aim, _verdict(_answered_in_time(found)))
    _row(table, "  from the moment it was due", found.from_due)
    _row(table, "  webhook → 200 at this rate", found.acknowledgement)
    table.add_section()
    counted = f"lost {found.lost}, answered twice {found.twice}, by push {found.pushed}, restarts {_parts(found.restarts) or 0}"
    cpu = f"{found.cpu_ms_per_message_all:g} ms = {_parts(found.cpu_ms_per_message)}"
    return [
        f"messages: {found.sent} of {found.students} students, {counted}",
        f"CPU a message: {cpu} (LINE's stand-in apart: {found.standin_cpu_ms_per_message:g})",
        f"memory: {found.memory_mb_all:g} MB = {_parts(found.memory_mb)}",
        f"  {_others(found.other_cores)}",
    ]


def _answered_in_time(found: Answers) -> bool:
    return found.answer.p95 <= AIM_ANSWERED_P95_MS and not found.lost and not found.twice


def _desk(table: Table, found: AtDesk) -> list[str]:
    aim = f"p99 ≤ {AIM_SEEN_P99_MS:g} ms"
    name = f"student's message → desk, {found.rate:g}/s (ms)"
    held = found.seen.p99 <= AIM_SEEN_P99_MS and not found.lost and not found.twice
    _row(table, name, found.seen, aim, _verdict(held))
    aim = f"p99 ≤ {AIM_TAKEN_P99_MS:g} ms"
    _row(
        table, "counsellor's line → taken by LINE (ms)", found.taken, aim, _verdict(found.taken.p99 <= AIM_TAKEN_P99_MS)
    )
    _row(
        table,
        f"  a POST to {found.desks} sockets of an empty Sanic",
        found.peer,
        "",
        f"ours ×{found.seen.p50 / found.peer.p50:.1f} p50",
    )
    table.add_section()
    return [
        f"desk: {found.live} live talks, {found.desks} desks, lost {found.lost}, twice {found.twice}; CPU a line: {_parts(found.cpu_ms_per_line)} ms",
        f"  {_others(found.other_cores)}",
    ]


def _chat(table: Table, found: Chats) -> list[str]:
    _row(table, f"web chat, {found.chats} at once: opened (ms)", found.opened)
    _row(table, "  greeted, all starting together", found.greeted)
    _row(table, f"  words stored, {found.rate:g}/s", found.stored)
    aim = f"p95 ≤ {AIM_CHAT_P95_MS:g} ms"
    held = found.answered.p95 <= AIM_CHAT_P95_MS and not found.lost
    _row(table, "  answered at the page", found.answered, aim, _verdict(held))
    table.add_section()
    grown = found.web_mb[1] - found.web_mb[0]
    web = f"web process {found.web_mb[0]:g} → {found.web_mb[1]:g} MB ({grown * 1024 / found.chats:.0f} KB a chat)"
    return [
        f"chat: {found.sent} messages in {found.chats} chats, lost {found.lost}, told again under their id {found.again}; {web}",
        f"  CPU a message: {_parts(found.cpu_ms_per_message)} ms; {_others(found.other_cores)}",
    ]


def _rasa(table: Table, found: RasaAlone) -> list[str]:
    faster = found.stock.p50 / found.ours.p50, found.stock.p95 / found.ours.p95
    aim = f"≥ ×{AIM_TIMES_FASTER:g} faster"
    verdict = f"×{faster[0]:.1f} p50, ×{faster[1]:.1f} p95 {_verdict(faster[0] >= AIM_TIMES_FASTER)}"
    _row(table, "Rasa alone, one message (ms)", found.ours, aim, verdict)
    _row(table, "  stock Rasa, the same message", found.stock)
    table.add_section()
    said = f"ours said {found.ours_replies} lines to them, the stock one {found.stock_replies}"
    return [
        f"Rasa alone: {found.messages} messages to each, median {found.median_characters:g} characters; {said}",
        f"  {_others(found.other_cores)}",
    ]


def _starting(table: Table, found: Starting) -> list[str]:
    table.add_row("start with an empty folder (s)", f"{found.cold.seconds:.1f}")
    notes = [f"start with an empty folder: {_parts(found.cold.steps)}"]
    if found.warm is not None:
        verdict = _verdict(found.warm.seconds <= AIM_WARM_START_S)
        table.add_row("start again (s)", f"{found.warm.seconds:.1f}", "", "", "", f"≤ {AIM_WARM_START_S:g} s", verdict)
        notes.append(f"start again: {_parts(found.warm.steps)}")
    if found.trained:
        notes.append("  a model was trained in between (its data changed while the bench ran): measure again")
    return notes


def _facts(table: Table, found: Counted) -> list[str]:
    held = _verdict(found.pairs.most <= AIM_COUNTED_MS)
    _row(table, f"{found.facts:,} facts by two dimensions (ms)", found.pairs, f"max ≤ {AIM_COUNTED_MS:g} ms", held)
    ratio = found.pairs.p50 / found.plain.p50, found.pairs.most / found.plain.p50
    _row(
        table,
        "  SELECT count(*) of the same, in turns",
        found.plain,
        "",
        f"ours ×{ratio[0]:.0f} p50, ×{ratio[1]:.0f} max",
    )
    table.add_section()
    return [f"facts: {found.pairs.count} pairs; the slowest: {found.slowest}"]


def _schools(table: Table, found: TakenIn) -> None:
    for name, times in (("CSV", found.csv), ("XLSX", found.xlsx)):
        told = f"{found.schools} schools, {found.pupils:,} pupils from {name} (ms)"
        _row(table, told, times, f"max ≤ {AIM_TAKEN_IN_MS:g} ms", _verdict(times.most <= AIM_TAKEN_IN_MS))
    table.add_section()


def _sealing(table: Table, found: Sealing) -> list[str]:
    verdict = f"{found.adds:+g} % {_verdict(found.adds <= AIM_SEALING_ADDS)}"
    _row(
        table,
        "a message, webhook's events → answer, without Rasa (ms)",
        found.ours,
        f"≤ +{AIM_SEALING_ADDS:g} %",
        verdict,
    )
    _row(table, "– the same with every cell in the clear, in turns", found.plain)
    table.add_section()
    return [f"sealing: one cell of a message is sealed in {found.seal_us:g} µs and opened in {found.open_us:g} µs"]


def _row(table: Table, name: str, times: Times, aim: str = "", note: str = "") -> None:
    figures = (f"{value:.1f}" for value in (times.p50, times.p95, times.p99, times.most))
    table.add_row(name, *figures, aim, note)


def _others(cores: float) -> str:
    return f"meanwhile other programs used {cores:g} of {os.cpu_count()} cores"


def _verdict(held: bool) -> str:
    return "✓" if held else "✗ missed"


def _counts(statuses: Mapping[str, int]) -> str:
    return ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))


def _parts(parts: Mapping[str, float]) -> str:
    return " + ".join(f"{name} {value:g}" for name, value in sorted(parts.items(), key=lambda item: -item[1]) if value)
