"""Logs without words.

Rasa writes the student's text into its debug lines, into some warnings, and into tracebacks with local variables. A
filter for the places we know of would miss the next one, so it's the other way round: a record from outside our own
modules is reduced to where it came from and which kind of error it carries. Only our own modules may write a message.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from datetime import datetime, timezone
from typing import Any, Dict, Iterator, MutableMapping, Optional

import structlog

OWN = ("bot", "kernel")


def _kinds(error: Optional[BaseException]) -> Iterator[str]:
    seen = 0
    while error is not None and seen < 5:
        yield type(error).__name__
        error = error.__cause__ or error.__context__
        seen += 1


class PlaceFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, place, kinds of error; the message only for our own loggers."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line; nothing of a foreign record's message, arguments or traceback gets into it."""
        line: Dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "place": f"{record.module}:{record.lineno}",
        }
        if record.name.partition(".")[0] in OWN:
            line["event"] = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = list(_kinds(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False)


def _place_only(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    """Last step of structlog: Rasa's event names are constants; everything else of the event stays out."""
    line: Dict[str, Any] = {
        "time": datetime.now(tz=timezone.utc).isoformat(timespec="milliseconds"),
        "level": method,
        "logger": "rasa",
        "place": str(event.get("event", ""))[:60].split(" ")[0],
    }
    error = event.get("exc_info")
    if error:
        current = sys.exc_info()[1] if error is True else (error[1] if isinstance(error, tuple) else error)
        line["error"] = list(_kinds(current))
    return json.dumps(line, ensure_ascii=False)


def configure(process: str) -> None:
    """Send everything of this process through the two formatters above, at level info (Rasa and others: warning).

    Args: process: `serve` for JSON lines on stderr, `train` for errors only (training speaks by progress lines).
    """
    level = logging.INFO if process == "serve" else logging.ERROR
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlaceFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING if process == "serve" else level)
    logging.getLogger("bot").setLevel(level)
    # Rasa's warnings quote what they warn of. Training shows those about our data; a server shows none.
    if process == "serve":
        warnings.showwarning = lambda *_, **__: None
    structlog.configure(
        processors=[_place_only],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if process == "serve" else logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
