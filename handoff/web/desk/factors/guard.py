"""Who may come to one's own second factor: whoever gave their password, whether or not the second half came, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from sanic import Request
from sanic.exceptions import PayloadTooLarge
from sanic.response import HTTPResponse, redirect

from handoff.domain.errors import FactorRequired, SignInRequired, TsunagiError
from handoff.services.sign_in_ports import OpenSignIn
from handoff.web.desk.form_pages import read_fields
from handoff.web.desk.guard import ROOT, check_change, parts_of, token_of
from handoff.web.desk.pages import desk_trouble
from handoff.web.desk.way_in import SECOND_FACTOR

type Handler = Callable[..., Awaitable[HTTPResponse]]


async def held_of(request: Request[Any, Any]) -> OpenSignIn:
    """The sign-in that asks, half or whole. Raises: SignInRequired."""
    return await parts_of(request).sign_in.held(token_of(request))


def shows_own(handler: Handler) -> Handler:
    """A page about the second factor of whoever asks; it gets their sign-in as its second argument."""

    @wraps(handler)
    async def guarded(request: Request[Any, Any]) -> HTTPResponse:
        return await handler(request, await held_of(request))

    return guarded


def changes_own(*, whole: bool) -> Callable[[Handler], Handler]:
    """A form about it; the handler gets sign-in and form. whole: the second factor has to be there already."""

    def wrapped(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: Request[Any, Any]) -> HTTPResponse:
            try:
                form = read_fields(request)
                check_change(request, form.get("token"))
                held = await held_of(request)
                if held.half and whole:
                    raise FactorRequired("half a sign-in")
                if not held.half:
                    await parts_of(request).sign_in.note_seen(held)
                return await handler(request, held, form)
            except FactorRequired:
                return redirect(SECOND_FACTOR, status=303)
            except SignInRequired:
                return redirect(f"{ROOT}/?said=expired", status=303)
            except TsunagiError as error:
                if error.status >= 500:
                    raise
                return desk_trouble(request, error.status, error.text)
            except PayloadTooLarge as large:
                return desk_trouble(request, large.status_code, "送られたものが長すぎて、受け取れませんでした。")

        return guarded

    return wrapped
