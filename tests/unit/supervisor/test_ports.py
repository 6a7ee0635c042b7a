"""Taken ports are found before anything starts."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from handoff.supervisor.ports import PortUnavailable, PortUse, check_ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_taken_port_is_named_with_its_setting(taken: int) -> None:
    with pytest.raises(PortUnavailable) as refused:
        check_ports([PortUse("ウェブ", "127.0.0.1", taken, "TSUNAGI_PORT")])
    assert str(taken) in str(refused.value)
    assert "TSUNAGI_PORT" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_free_ports_pass_and_stay_free() -> None:
    uses = [PortUse("ウェブ", "127.0.0.1", free_port(), "A"), PortUse("Rasa", "127.0.0.1", free_port(), "B")]
    check_ports(uses)
    check_ports(uses)


def test_two_of_ours_on_one_port_are_refused() -> None:
    port = free_port()
    with pytest.raises(PortUnavailable, match=r"A.*B"):
        check_ports([PortUse("ウェブ", "127.0.0.1", port, "A"), PortUse("Rasa", "127.0.0.1", port, "B")])


def test_an_unknown_host_is_refused() -> None:
    with pytest.raises(PortUnavailable, match="192\\.0\\.2\\.1"):
        check_ports([PortUse("ウェブ", "192.0.2.1", free_port(), "TSUNAGI_HOST")])
