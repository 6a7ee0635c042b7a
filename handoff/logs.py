"""Structured logs, one JSON object a line. They hold ids, codes and lengths; never words, names, LINE ids or IPs."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict


def _quiet_exceptions(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Keep an exception's type and place; its text and the values around it may hold what a student wrote."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else (info[1] if isinstance(info, tuple) else info)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        if place is not None:
            event["at"] = f"{place.tb_frame.f_globals.get('__name__')}:{place.tb_lineno}"
    return event


class _LibraryLines(logging.Handler):
    """Lines of libraries: where they come from and their level; their texts may quote anything and are left out."""

    #: Libraries whose texts speak of jobs, addresses of ours and start-up alone.
    SPOKEN = ("procrastinate.worker", "sanic.root", "sanic.server", "alembic")

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            fields["exc_info"] = record.exc_info
        if record.name.startswith(self.SPOKEN) and not record.exc_info:
            fields["text"] = record.getMessage()[:300]
        structlog.get_logger(record.name).log(record.levelno, "library", **fields)


def configure_logs(process: str, level: int = logging.INFO) -> None:
    """Send everything to stdout as JSON; ``process`` names the writer in every line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _quiet_exceptions,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    root = logging.getLogger()
    root.handlers[:] = [_LibraryLines(logging.WARNING)]
    root.setLevel(logging.WARNING)
