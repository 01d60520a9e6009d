"""The clients under test: synchronous and asynchronous, and the synchronous one over its optional transports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from turbopuffer import AsyncTurbopuffer, DefaultHttpxClient, Turbopuffer
from turbopuffer.lib.transport_urllib3 import Urllib3Transport

from environment import Transport


@dataclass(frozen=True)
class Flavour:
    """A way to construct the client. Every flavour sees every scenario."""

    name: str
    construct: Callable[..., Any]
    http_client: Callable[[], Any] | None = None
    tls_only: bool = False

    def client(self, base_url: str, api_key: str, **options: Any) -> Any:
        if self.http_client is not None:
            options["http_client"] = self.http_client()
        return self.construct(base_url=base_url, api_key=api_key, max_retries=0, **options)


SYNC = Flavour("sync", Turbopuffer)

FLAVOURS = (
    SYNC,
    Flavour("async", AsyncTurbopuffer),
    # What these add to the synchronous flavour lies in the transport, hence only where HTTP/2 can be negotiated.
    Flavour("urllib3", Turbopuffer, lambda: DefaultHttpxClient(transport=Urllib3Transport()), tls_only=True),
    Flavour("http2", Turbopuffer, lambda: DefaultHttpxClient(http2=True), tls_only=True),
)


def combinations(transports: tuple[Transport, ...]) -> list[tuple[Transport, Flavour]]:
    return [(t, f) for t in transports for f in FLAVOURS if t.tls or not f.tls_only]
