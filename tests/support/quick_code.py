"""What is compiled at a service's start is compiled once for all of a run's tests: a fourth of their time went there.

Nothing is left out: the same statements and the same routes give the same code.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from sanic_routing import BaseRouter
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from handoff.adapters.database import store

#: More statements than a run has; an engine alone keeps 500.
STATEMENTS: Final = 4000


@contextmanager
def statements_compiled_once() -> Iterator[None]:
    """Engines share what they made of statements; each would make its own, and each test has one."""
    known: list[Engine] = []

    def quick(*given: Any, **named: Any) -> AsyncEngine:
        made = create_async_engine(*given, **(named | {"query_cache_size": STATEMENTS}))
        engine = made.sync_engine
        # A dialect that never met a server doesn't know its version: its engine is no model for others.
        if known and getattr(known[0].dialect, "server_version_info", None) is not None:
            engine.dialect, engine._compiled_cache = known[0].dialect, known[0]._compiled_cache
        else:
            known[:] = [engine]
        return made

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store, "create_async_engine", quick)
        yield


@contextmanager
def routes_compiled_once() -> Iterator[None]:
    """Sites share the function that finds a route: it is made from the text of all routes, and takes its router along."""
    known: dict[tuple[str, bool], tuple[Any, Any]] = {}
    whole = BaseRouter._render

    def quick(router: Any, do_compile: bool = True, do_optimize: bool = False) -> None:
        whole(router, False, do_optimize)
        text = (router.find_route_src, do_optimize)
        if do_compile and text not in known:
            whole(router, True, do_optimize)
            known[text] = (router._find_route, router._matchers)
        if do_compile:
            router._find_route, router._matchers = known[text]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BaseRouter, "_render", quick)
        yield
