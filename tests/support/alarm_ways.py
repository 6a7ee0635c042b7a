"""Stand-ins for a mail server and an HTTP gateway, on real sockets of 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class StandInMail:
    """A mail server that keeps what it gets.

    Attributes: on_recipient, on_data: answers to give, in order, before it accepts; pause: seconds before each answer to
    a mail's text; user: the login it knows, ("", "") for none.
    """

    port: int = 0
    on_recipient: list[str] = field(default_factory=list)
    on_data: list[str] = field(default_factory=list)
    pause: float = 0.0
    user: tuple[str, str] = ("", "")
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.on_recipient:
            return self.on_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.pause)
        if self.on_data:
            return self.on_data.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.recipients += envelope.rcpt_tos
        self.encrypted.append(
            server.transport is not None and server.transport.get_extra_info("sslcontext") is not None
        )
        return "250 OK"

    def login(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == self.user
        return AuthResult(success=known, handled=False)


@asynccontextmanager
async def mail_server(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, user: tuple[str, str] = ("", "")
) -> AsyncIterator[StandInMail]:
    """A mail server: in the clear, encrypted from the first byte (``tls``) or after STARTTLS."""
    standin = StandInMail(user=user)

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            # It takes a login in the clear, so that tests can see that none is given.
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            return SMTP(
                standin,
                hostname="standin.test",
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=standin.login,
                auth_required=user != ("", ""),
                auth_require_tls=False,
            )

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=tls)
    standin.port = server.sockets[0].getsockname()[1]
    try:
        yield standin
    finally:
        server.close()


@asynccontextmanager
async def talker(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """A server that says what ``talk`` makes it say; gives its port."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@dataclass
class StandInGateway:
    """An HTTP gateway that keeps what it gets. statuses: to answer with, in order, before it says 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    pause: float = 0.0
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    async def answer(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        await asyncio.sleep(self.pause)
        status = self.statuses.pop(0) if self.statuses else 200
        headers = {"Location": str(request.url)} if 300 <= status < 400 else {}
        return web.Response(status=status, headers=headers, text="answers may quote 080-0000-0000")


@asynccontextmanager
async def http_gateway(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[StandInGateway]:
    """A gateway at ``url``, over HTTPS where a context is given."""
    standin = StandInGateway()
    app = web.Application()
    app.router.add_post("/ring", standin.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        scheme = "http" if tls is None else "https"
        standin.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}/ring"
        yield standin
    finally:
        await runner.cleanup()


@dataclass(frozen=True)
class Certificates:
    """A certificate for 127.0.0.1: what the server shows, and a client that trusts it."""

    server: ssl.SSLContext
    trusting: ssl.SSLContext


def certificates(folder: Path) -> Certificates:
    """A fresh certificate that is its own issuer, kept in ``folder``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "standin.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "standin.pem", folder / "standin.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, secret)
    return Certificates(server, ssl.create_default_context(cafile=str(chain)))


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
