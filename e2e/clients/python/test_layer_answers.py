"""What Layer answers in its own name, where a direct call is answered otherwise: keys, routes, a lost store."""

import asyncio
from typing import Any

import pytest
import turbopuffer
from turbopuffer import omit

from environment import Environment
from flavours import FLAVOURS, Flavour
from recorder import settle

ENVIRONMENT = Environment.read()
QUERY = {"rank_by": ("id", "asc"), "limit": 1}

pytestmark = [
    pytest.mark.parametrize("transport", [pytest.param(t, id=t.name) for t in ENVIRONMENT.layer_transports]),
    pytest.mark.parametrize("flavour", [pytest.param(f, id=f.name) for f in FLAVOURS if not f.tls_only]),
]


def failure(flavour: Flavour, base_url: str, act: Any, **options: Any) -> turbopuffer.APIStatusError:
    async def run() -> turbopuffer.APIStatusError:
        options.setdefault("api_key", ENVIRONMENT.api_key)
        client = flavour.client(base_url, **options)
        try:
            result = await settle(act(client))
        except turbopuffer.APIStatusError as error:
            return error
        finally:
            await settle(client.close())
        raise AssertionError(f"not refused: {result!r}")

    return asyncio.run(run())


def schema_of(name: str) -> Any:
    return lambda client: client.namespace(name).schema()


def test_unknown_key(transport: Any, flavour: Flavour) -> None:
    for act in (schema_of("any"), lambda client: client.namespace("any").write(upsert_rows=[{"id": 1}])):
        error = failure(flavour, transport.base_url, act, api_key="tpuf_not_this_one")
        assert isinstance(error, turbopuffer.PermissionDeniedError)
        assert error.response.json() == {"error": "invalid API key"}
        assert error.response.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("authorization", [omit, "Basic dXNlcjpwYXNz", "Bearer", "tpuf_key"])
def test_malformed_key(transport: Any, flavour: Flavour, authorization: Any) -> None:
    headers = {"Authorization": authorization}
    error = failure(flavour, transport.base_url, schema_of("any"), default_headers=headers)
    assert isinstance(error, turbopuffer.AuthenticationError)
    assert error.response.json() == {"error": "missing or malformed Authorization: Bearer header"}


def test_wrong_method(transport: Any, flavour: Flavour) -> None:
    error = failure(flavour, transport.base_url, lambda c: c.put("/v1/namespaces/any/schema", cast_to=object))
    assert error.status_code == 405
    assert error.response.json()["error"] == "method_not_allowed"
    assert {m.strip() for m in error.response.headers["allow"].split(",")} >= {"GET", "POST"}


def test_unknown_route(transport: Any, flavour: Flavour) -> None:
    error = failure(flavour, transport.base_url, lambda c: c.get("/v2/no/such/route", cast_to=object))
    assert isinstance(error, turbopuffer.NotFoundError)
    assert error.response.json()["error"] == "not_found"


@pytest.mark.parametrize("name", ["with space", "a/b", "100%", "ü"])
def test_encoded_namespace(transport: Any, flavour: Flavour, name: str) -> None:
    """The client percent-encodes such a name, and no allowed name needs that."""
    error = failure(flavour, transport.base_url, schema_of(name))
    assert isinstance(error, turbopuffer.UnprocessableEntityError)
    assert error.response.json()["error"] == "validation_error"


def test_lost_store(environment: Environment, transport: Any, flavour: Flavour) -> None:
    environment.admin.faults({"path_contains": "/lost-store/", "close": True})
    try:
        error = failure(flavour, transport.base_url, lambda c: c.namespace("lost-store").query(**QUERY))
    finally:
        environment.admin.clear()
    assert error.status_code == 502
    assert error.response.json()["error"] == "upstream_error"
    assert set(error.response.json()) == {"error", "message"}
