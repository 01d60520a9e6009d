"""Where the servers under test are: read from LAYER_E2E_* variables, see ../README.md."""

from __future__ import annotations

import json
import os
import urllib.request
from dataclasses import dataclass
from typing import Any

_REQUIRED = ("LAYER_E2E_DIRECT_URL", "LAYER_E2E_HTTP_URL", "LAYER_E2E_API_KEY", "LAYER_E2E_ADMIN_URL")


@dataclass(frozen=True)
class Transport:
    """One way to reach a server: its name in test ids and its base URL."""

    name: str
    base_url: str

    @property
    def tls(self) -> bool:
        return self.base_url.startswith("https:")


class Admin:
    """The store's test-only control side: faults, configuration, and the requests it received."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def faults(self, *faults: dict[str, Any]) -> None:
        self._send("POST", "faults", list(faults))

    def config(self, **switches: Any) -> None:
        self._send("POST", "config", switches)

    def clear(self) -> None:
        self._send("POST", "clear")

    def requests(self) -> list[dict[str, Any]]:
        return self._send("GET", "requests") or []

    def _send(self, method: str, call: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._base_url}/{call}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with self._opener.open(request, timeout=30) as response:
            text = response.read()
        return json.loads(text) if text.strip() else None


@dataclass(frozen=True)
class Environment:
    """The addresses and the key of one run."""

    direct_url: str
    layer_transports: tuple[Transport, ...]
    api_key: str
    admin: Admin

    @classmethod
    def read(cls) -> Environment:
        missing = [name for name in _REQUIRED if not os.environ.get(name)]
        if missing:
            raise RuntimeError(f"unset: {', '.join(missing)}; see e2e/clients/README.md")
        http = os.environ["LAYER_E2E_HTTP_URL"]
        transports = [Transport("http", http)]
        if https := os.environ.get("LAYER_E2E_HTTPS_URL"):
            transports.append(Transport("https", https))
        return cls(
            direct_url=os.environ["LAYER_E2E_DIRECT_URL"],
            layer_transports=tuple(transports),
            api_key=os.environ["LAYER_E2E_API_KEY"],
            admin=Admin(os.environ["LAYER_E2E_ADMIN_URL"]),
        )

    @property
    def direct(self) -> Transport:
        return Transport("direct", self.direct_url)

    @property
    def has_gateway(self) -> bool:
        """False when the suite is run with the same server on both sides, to test the suite itself."""
        return all(t.base_url.rstrip("/") != self.direct_url.rstrip("/") for t in self.layer_transports)
