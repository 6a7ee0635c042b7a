"""A real PostgreSQL, a small trained model and an action server for the tests of Rasa's side (Python 3.10)."""

from __future__ import annotations

import http.server
import json
import socket
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List

from bot.environment import prepare

prepare()

import psycopg  # noqa: E402  Rasa's environment has to be prepared before anything imports it.
import pytest  # noqa: E402

from kernel.sealing import ensure_key_file  # noqa: E402

ROOT = Path(__file__).parents[2]
PROJECT = Path(__file__).parent / "project"
SERVICE_PYTHON = ROOT / ".venv" / "bin" / "python"
# As the service's migrations make them, as far as this side knows them.
TABLES = """
CREATE TABLE rasa_trackers (session_id text PRIMARY KEY, blob bytea NOT NULL, updated_at timestamptz NOT NULL);
CREATE TABLE sessions (id uuid PRIMARY KEY, state text NOT NULL DEFAULT 'intake');
CREATE TABLE data_keys (id uuid PRIMARY KEY, kind text NOT NULL, session_id uuid NOT NULL REFERENCES sessions,
    kek text NOT NULL, wrapped bytea NOT NULL, real_created_at timestamptz NOT NULL, UNIQUE (session_id, kind));
GRANT SELECT, INSERT, UPDATE, DELETE ON rasa_trackers, sessions, data_keys TO tsunagi
"""


_sessions = [str(uuid.uuid4()) for _ in range(2000)]
_unused = iter(_sessions)


def open_session() -> str:
    """Give the id of a session that the service has opened, and nobody has spoken in."""
    return next(_unused)


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A throw-away PostgreSQL that can be stopped as by a crash and started again.

    The service's interpreter knows how to run it, also as root and in a folder that nobody else may enter.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._start = self._prepared()
        self.url = str(self._start["url"])
        self.start()
        with psycopg.connect(self._start["owner_url"], autocommit=True) as connection:
            connection.execute(TABLES)
            connection.execute("INSERT INTO sessions (id) SELECT unnest(%s::uuid[])", (_sessions,))

    def _prepared(self) -> Dict[str, Any]:
        done = subprocess.run(
            [str(SERVICE_PYTHON), "-m", "tests.support.postgres", str(self._folder)],
            check=True,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        prepared: Dict[str, Any] = json.loads(done.stdout)
        return prepared

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._start = self._prepared()
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._start["argv"], env=self._start["env"], stdout=log, stderr=log, cwd="/"
            )
        until = time.monotonic() + 20
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=1).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                threading.Event().wait(0.05)

    def stop(self) -> None:
        """Stop at once, as a crash would."""
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One server for all tests; each uses session ids of its own."""
    if not SERVICE_PYTHON.exists():
        pytest.fail("the service's environment is missing: make setup")
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key file with fresh keys."""
    path = tmp_path_factory.mktemp("keys") / "key.json"
    ensure_key_file(path)
    return path


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project, trained by our own command."""
    path = tmp_path_factory.mktemp("models") / "small.tar.gz"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bot.train", "--out", str(path), "--config", str(ROOT / "config.yml")),
            *("--domain", str(PROJECT / "domain.yml"), "--data", str(PROJECT / "data")),
        ],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return path


@dataclass
class ActionServer:
    """Stands in for the action server: notes what it is asked and answers as told.

    Attributes: answer: `note` (a slot and a text), `refuse` (status 500), `nonsense` (against the schema), `hang` (no
    answer for two seconds).
    """

    port: int = field(default_factory=free_port)
    answer: str = "note"
    calls: List[Dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address that endpoints.yml names."""
        return f"http://127.0.0.1:{self.port}/webhook"

    def reply(self, call: Dict[str, Any]) -> Any:
        """Give status and body."""
        self.calls.append(call)
        if self.answer == "refuse":
            return 500, {"error": "refused"}
        if self.answer == "hang":
            threading.Event().wait(2)
        if self.answer == "nonsense":
            return 200, {"events": "none", "responses": []}
        text = call["tracker"]["latest_message"]["text"]
        return 200, {
            "events": [{"event": "slot", "name": "topic", "value": text, "timestamp": None}],
            "responses": [
                {"text": "聞かせてくれて、ありがとうございます。", "buttons": [{"title": "はい", "payload": "はい"}]}
            ],
        }


@pytest.fixture(scope="session")
def _listening() -> Iterator[ActionServer]:
    server = ActionServer()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, body = server.reply(call)
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: Any) -> None:
            return None

    class Listener(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Who hung up early, as a turn out of time does, is no news."""

    httpd = Listener(("127.0.0.1", server.port), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield server
    httpd.shutdown()


@pytest.fixture
def actions(_listening: ActionServer) -> ActionServer:
    """The action server, answering as usual and with an empty notebook."""
    _listening.answer = "note"
    _listening.calls.clear()
    return _listening
