"""What the web process needs of the service; ``handoff/bootstrap`` opens it, the routes use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from handoff.domain.incoming import Arrival
from handoff.web.simulator import Demo

#: A check of readiness: None when the part answers, else the code of what is wrong.
Check = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class WebParts:
    """Attributes: read_webhook: signature and JSON of a webhook's bytes (raises WebhookRefused); accept_events: stores
    what came (raises StoreUnavailable); checks: by the part's name;
    demo: None outside a demo.
    """

    read_webhook: Callable[[bytes, str | None], Sequence[Arrival]]
    accept_events: Callable[[Sequence[Arrival]], Awaitable[int]]
    checks: Mapping[str, Check]
    demo: Demo | None


#: Opens the parts inside the server's event loop; picklable, as Sanic wants it.
OpenParts = Callable[[], AbstractAsyncContextManager[WebParts]]
