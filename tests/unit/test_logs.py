"""Logs hold ids and codes; a student's words don't get in even by an error's text (habit: never log message text)."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from handoff.logs import configure_logs

SECRET = "だれにも言わないで"


@pytest.fixture(autouse=True)
def _logs() -> None:
    structlog.reset_defaults()
    configure_logs("test")


def _written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_errors_text_and_values_stay_out(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        structlog.get_logger("x").error("failed", exc_info=error)
        structlog.get_logger("x").error("failed", exc_info=True)
        logging.getLogger("some.library").exception("could not take %s", SECRET)
    lines = _written(capsys)
    assert len(lines) == 3
    assert SECRET not in json.dumps(lines, ensure_ascii=False)
    assert {line.get("error") for line in lines} == {"ValueError"}
    assert all(str(line.get("at")).startswith(__name__) for line in lines)


def test_libraries_are_named_but_not_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("linebot").warning("body: %s", SECRET)
    (line,) = _written(capsys)
    assert (line["logger"], line["level"], line["process"]) == ("linebot", "warning", "test")
    assert SECRET not in json.dumps(line, ensure_ascii=False)
