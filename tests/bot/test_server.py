"""The server as it runs: its door, its logs, its start, and what a kill -9 leaves."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import pytest

from kernel.model_record import check, record
from kernel.sealing import ensure_key_file
from tests.bot.conftest import ROOT, ActionServer, Postgres, free_port, open_session

TOKEN = "a-token-of-the-tests"
SECRET_WORDS = "だれにも言わないでほしい秘密の言葉"


class Server:
    """`python -m bot.serve` as a process."""

    def __init__(self, model: Path, environment: Dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.log = log
        self._command = [sys.executable, "-m", "bot.serve", "--model", str(model), "--port", str(self.port)]
        self._environment = environment
        self.start()

    def start(self) -> None:
        """Start, and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        until = time.monotonic() + 90
        while self.process.poll() is None and time.monotonic() < until:
            try:
                if self.call("GET", "ready")[0] == 200:
                    return
            except OSError:
                pass
            threading.Event().wait(0.1)
        pytest.fail(f"the server did not start:\n{self.log.read_text()}")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def call(self, method: str, path: str, body: Any = None, token: Optional[str] = TOKEN) -> Tuple[int, Any]:
        """Give status and answer; `body` may be bytes or a value for JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        payload = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        path = path if path.startswith("/") else f"/webhooks/bridge/{path}"
        try:
            connection.request(method, path, payload, headers)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content[:1] in b"{[" else content
        finally:
            connection.close()

    def say(self, session: str, text: str, message_id: str) -> Tuple[int, Any]:
        """Send a text message."""
        return self.call(
            "POST", "webhook", {"sender": session, "message_id": message_id, "event": "text", "text": text}
        )


def environment(url: str, key_file: Path, actions_url: str) -> Dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("TSUNAGI_", "LOG_LEVEL"))},
        "TSUNAGI_DATABASE_URL": url,
        "TSUNAGI_KEY_FILE": str(key_file),
        "TSUNAGI_RASA_TOKEN": TOKEN,
        "TSUNAGI_ACTIONS_URL": actions_url,
    }


@pytest.fixture(scope="module")
def server(
    model: Path, postgres: Postgres, key_file: Path, _listening: ActionServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "log"
    running = Server(model, environment(postgres.url, key_file, _listening.url), log)
    yield running
    running.kill()


def fresh() -> str:
    return open_session()


def test_ready_names_the_model(server: Server) -> None:
    assert server.call("GET", "ready") == (200, {"ready": True, "model": "small.tar.gz"})


def test_a_message_and_its_replay(server: Server, actions: ActionServer) -> None:
    session, message = fresh(), fresh()
    status, first = server.say(session, "毎日悪口を言われています", message)
    assert status == 200
    assert first == {
        "message_id": message,
        "replayed": False,
        "replies": [
            {"text": "聞かせてくれて、ありがとうございます。", "buttons": [{"title": "はい", "payload": "はい"}]}
        ],
    }
    assert server.say(session, "毎日悪口を言われています", message) == (200, {**first, "replayed": True})


def test_an_empty_line_does_not_split_a_reply(server: Server) -> None:
    status, answer = server.say(fresh(), "qxz qxz", fresh())
    assert (status, len(answer["replies"])) == (200, 1)
    assert "\n\n" in answer["replies"][0]["text"]


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1], TOKEN.upper()])
@pytest.mark.parametrize(("method", "path"), [("POST", "webhook"), ("POST", "parse"), ("GET", "ready")])
def test_without_the_token_nothing_opens(server: Server, token: Optional[str], method: str, path: str) -> None:
    assert server.call(method, path, {"texts": ["a"]}, token) == (401, {"error": "unauthorised"})


@pytest.mark.parametrize(
    "path",
    [
        "/model/parse",
        "/model",
        "/domain",
        "/conversations/x/tracker",
        "/conversations/x/trigger_intent",
        "/webhooks/rest/webhook",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_rasas_own_api_is_not_there(server: Server, method: str, path: str) -> None:
    assert server.call(method, path, {})[0] in (404, 405)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff\xfe", b"null", b"[]", b'"x"', {}, {"sender": "s"}, {"message_id": "m"}),
        *({"sender": "", "message_id": "m"}, {"sender": "s" * 65, "message_id": "m"}, {"sender": 1, "message_id": "m"}),
        {"sender": "s", "message_id": "m", "event": "restart"},
        {"sender": "s", "message_id": "m", "event": ["text"]},
        {"sender": "s", "message_id": "m", "text": {"a": 1}},
        {"sender": "s", "message_id": "m", "text": "a", "metadata": "x"},
    ],
)
def test_malformed_requests_are_refused(server: Server, body: Any) -> None:
    assert server.call("POST", "webhook", body) == (400, {"error": "bad_request"})


def test_parse_answers_in_order_and_knows_no_command(server: Server) -> None:
    texts = ["こんにちは", "/restart", "", "毎日悪口を言われています"]
    status, answer = server.call("POST", "parse", {"texts": texts})
    assert status == 200
    names = [one["intent"] for one in answer["results"]]
    assert (names[0], names[3]) == ("greet", "bullying") and "restart" not in names
    assert all(one["ranking"] and one["ranking"][0]["name"] != "nlu_fallback" for one in answer["results"])
    for wrong in ({}, {"texts": "a"}, {"texts": [1]}, {"texts": ["a"] * 257}, b"{"):
        assert server.call("POST", "parse", wrong)[0] == 400


def test_a_failing_action_is_a_503_and_the_message_may_come_again(server: Server, actions: ActionServer) -> None:
    session, message = fresh(), fresh()
    actions.answer = "refuse"
    assert server.say(session, SECRET_WORDS + "、毎日悪口を言われています", message) == (
        503,
        {"error": "action_failed"},
    )
    actions.answer = "note"
    status, answer = server.say(session, SECRET_WORDS + "、毎日悪口を言われています", message)
    assert (status, answer["replayed"]) == (200, False)


def test_kill_9_at_random_moments_never_answers_twice(server: Server, actions: ActionServer) -> None:
    session = fresh()
    messages = [(f"毎日悪口を言われています{number}", fresh()) for number in range(12)]
    answers: List[Any] = []

    def killer() -> None:
        server.process.send_signal(signal.SIGKILL)

    for number, (text, message) in enumerate(messages):
        if number in (3, 8):
            timer = threading.Timer(0.004 * number, killer)
            timer.start()
            try:
                server.say(session, text, message)
            except (OSError, http.client.HTTPException):
                pass
            timer.join()
            server.process.wait()
            server.start()
        answers.append(server.say(session, text, message))
    assert [status for status, _ in answers] == [200] * len(messages)
    heard = [event for event in actions.calls[-1]["tracker"]["events"] if event["event"] == "user"]
    assert [event["message_id"] for event in heard] == [message for _, message in messages]


def test_database_down_is_said_so(server: Server, postgres: Postgres) -> None:
    session = fresh()
    assert server.say(session, "こんにちは", fresh())[0] == 200
    postgres.stop()
    try:
        assert server.say(session, SECRET_WORDS, "later") == (503, {"error": "database_down"})
        assert server.call("GET", "ready") == (503, {"error": "database_down"})
    finally:
        postgres.start()
    status, answer = server.say(session, SECRET_WORDS, "later")
    assert (status, answer["replayed"]) == (200, False)


def test_the_logs_hold_no_words_and_every_line_is_json(server: Server, actions: ActionServer) -> None:
    session = fresh()
    server.say(session, SECRET_WORDS, fresh())
    server.say(session, f"/{SECRET_WORDS}", fresh())
    actions.answer = "refuse"
    server.say(session, SECRET_WORDS + "、毎日悪口を言われています", fresh())
    log = server.log.read_text()
    assert log.count("action_failed") >= 1
    assert SECRET_WORDS not in log and SECRET_WORDS.encode("unicode_escape").decode() not in log
    assert not re.search("[\u3040-\u9fff]|\\\\u[0-9a-f]{4}", log)
    for line in log.splitlines():
        json.loads(line)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"TSUNAGI_RASA_TOKEN": ""}, "TSUNAGI_RASA_TOKEN must be set"),
        ({"TSUNAGI_RASA_TOKEN": "short"}, "token of 16 characters"),
        ({"TSUNAGI_KEY_FILE": "/nowhere/key.json"}, "no key file"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_line(
    model: Path, postgres: Postgres, key_file: Path, change: Dict[str, str], says: str
) -> None:
    done = start(model, {**environment(postgres.url, key_file, "http://127.0.0.1:1/webhook"), **change})
    assert done.returncode == 1
    assert says in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_another_key_file_than_the_database_s_ends_the_start(
    server: Server, model: Path, postgres: Postgres, tmp_path: Path
) -> None:
    server.say(fresh(), SECRET_WORDS, fresh())
    ensure_key_file(tmp_path / "other.json")
    done = start(model, environment(postgres.url, tmp_path / "other.json", "http://127.0.0.1:1/webhook"))
    assert done.returncode == 1
    assert "TSUNAGI_KEY_FILE" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_model_ends_the_start(postgres: Postgres, key_file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"not an archive")
    record(broken, broken)
    done = start(broken, environment(postgres.url, key_file, "http://127.0.0.1:1/webhook"))
    assert done.returncode == 1
    assert "broken.tar.gz can't be used" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("what", ["changed", "foreign"])
def test_row_30_a_model_that_was_not_trained_here_is_never_loaded(
    model: Path, postgres: Postgres, key_file: Path, tmp_path: Path, what: str
) -> None:
    archive = tmp_path / "model.tar.gz"
    content = model.read_bytes()
    archive.write_bytes(content)
    if what == "changed":
        record(model, archive)
        archive.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    done = start(archive, environment(postgres.url, key_file, "http://127.0.0.1:1/webhook"))
    assert done.returncode == 1
    assert "so it isn't loaded" in done.stderr.splitlines()[-1]
    # Its hash on record, the same archive is taken: it's the record that decides.
    archive.write_bytes(content)
    record(model, archive)
    check(archive)


def test_a_taken_port_ends_the_start(server: Server, model: Path, postgres: Postgres, key_file: Path) -> None:
    done = start(model, environment(postgres.url, key_file, "http://127.0.0.1:1/webhook"), server.port)
    assert done.returncode == 1
    assert str(server.port) in done.stderr.splitlines()[-1]


def test_sigterm_ends_it_cleanly(model: Path, postgres: Postgres, key_file: Path, tmp_path: Path) -> None:
    running = Server(model, environment(postgres.url, key_file, "http://127.0.0.1:1/webhook"), tmp_path / "log")
    running.process.terminate()
    assert running.process.wait(timeout=10) == 0


def start(model: Path, settings: Dict[str, str], port: Optional[int] = None) -> subprocess.CompletedProcess[str]:
    """Start a server that should end by itself."""
    command = [sys.executable, "-m", "bot.serve", "--model", str(model), "--port", str(port or free_port())]
    return subprocess.run(command, cwd=ROOT, env=settings, check=False, capture_output=True, text=True, timeout=90)
