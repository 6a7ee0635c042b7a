"""What is compiled at a service's start is compiled once for all of a run's tests: a fourth of their time went there.

Nothing is left out: the same statements and the same routes give the same code.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from sanic import Blueprint, signals
from sanic.mixins.routes import RouteMixin
from sanic_routing import BaseRouter, route, router
from sanic_routing.utils import path_to_parts
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
    """Sites share the function that finds a route: it is made from the text of all routes, and takes its router along.
    So they do what is read from an address, and from the text of a function that answers.
    """
    known: dict[tuple[str, bool], tuple[Any, Any]] = {}
    formats: dict[Any, str] = {}
    whole, whole_format = BaseRouter._render, RouteMixin._determine_error_format

    def quick(made: Any, do_compile: bool = True, do_optimize: bool = False) -> None:
        whole(made, False, do_optimize)
        text = (made.find_route_src, do_optimize)
        if do_compile and text not in known:
            whole(made, True, do_optimize)
            known[text] = (made._find_route, made._matchers)
        if do_compile:
            made._find_route, made._matchers = known[text]

    def quick_format(site: Any, handler: Any) -> str:
        code = getattr(inspect.unwrap(handler), "__code__", None)
        if code is None:
            return whole_format(site, handler)
        if code not in formats:
            formats[code] = whole_format(site, handler)
        return formats[code]

    parts = functools.cache(path_to_parts)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BaseRouter, "_render", quick)
        patched.setattr(RouteMixin, "_determine_error_format", quick_format)
        for user in (route, router, signals):
            patched.setattr(user, "path_to_parts", parts)
        yield


@contextmanager
def blueprints_of_one_site() -> Iterator[None]:
    """Blueprints know the newest site alone. They are the module's and hold every site that they were ever part of, with
    its store and all of its pages, and go through all of them again for each new one: the hundredth costs far more than
    the first.
    """
    whole = Blueprint.register

    def quick(blueprint: Blueprint, app: Any, options: Any) -> None:
        blueprint.reset()
        whole(blueprint, app, options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Blueprint, "register", quick)
        yield
