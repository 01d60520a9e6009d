"""The client itself: options, copies, low-level calls, closing."""

from __future__ import annotations

import httpx2
from turbopuffer import omit
from turbopuffer._models import FinalRequestOptions
from turbopuffer.types import NamespaceSchemaResponse

from recorder import Recorder
from registry import scenario
from scenarios.corpus import seeded


@scenario("Turbopuffer.with_options", "Turbopuffer.copy", "Turbopuffer.namespace", "Namespace.explain_query")
async def client_options(t: Recorder) -> None:
    await seeded(t, rows=3)
    query = {"rank_by": ("id", "asc"), "limit": 2}
    for options in (
        {"default_headers": {"X-E2e": "one, two"}},
        {"set_default_headers": {"X-E2e": "in place of all"}},
        {"default_query": {"trace": "a/b c", "n": 1}},
        {"set_default_query": {"trace": "z"}},
        {"timeout": httpx2.Timeout(30, connect=5)},
        {"compression": True, "telemetry": True},
        {"max_retries": 2},
    ):
        t.called.add("Turbopuffer.with_options")
        ns = t.namespace(client=t.client.with_options(**options))
        await t.call(ns, "explain_query", **query)
        await t.call(ns, "query", **query)
    t.called.add("Turbopuffer.copy")
    named = t.client.copy(default_namespace=t.name("a"))
    await t.call(t.namespace(client=named), "explain_query", **query, timeout=20)
    headers = {"X-E2e": "per call", "User-Agent": omit, "Accept": "*/*"}
    await t.call(t.namespace(), "explain_query", **query, extra_headers=headers, extra_query={"q": ["1", "2"], "e": ""})
    t.upstream()


@scenario("Turbopuffer.get", "Turbopuffer.post", "Turbopuffer.patch", "Turbopuffer.delete", "Turbopuffer.request")
async def low_level_calls(t: Recorder) -> None:
    await seeded(t, rows=3)
    v1, v2 = f"/v1/namespaces/{t.name('a')}", f"/v2/namespaces/{t.name('a')}"
    await t.call(t.client, "get", f"{v1}/metadata", cast_to=object)
    await t.call(t.client, "get", f"{v1}/schema", cast_to=NamespaceSchemaResponse)
    await t.call(t.client, "get", "/v1/namespaces", cast_to=object, options={"params": {"prefix": t.name("a")}})
    query = {"rank_by": ["id", "asc"], "top_k": 2, "include_attributes": True}
    await t.call(t.client, "post", f"{v2}/query", cast_to=object, body=query)
    await t.call(t.client, "post", v2, cast_to=object, content=b'{ "upsert_rows" : [{"id":7,"score":1.50}] }')
    await t.call(t.client, "patch", f"{v1}/metadata", cast_to=object, body={"pinning": False})
    listing = FinalRequestOptions.construct(method="get", url=f"/v1/namespaces?prefix={t.name('a')}")
    await t.call(t.client, "request", object, listing)
    await t.call(t.client, "delete", v2, cast_to=object)
    await t.refused(t.client, "get", f"{v1}/metadata", cast_to=object, status=404)


@scenario("Turbopuffer.platform_headers", "Turbopuffer.is_closed", "Turbopuffer.close")
async def closing(t: Recorder) -> None:
    await t.call_quietly(t.client, "platform_headers")
    await seeded(t, rows=1)
    await t.call(t.client, "is_closed")
    await t.call(t.client, "close")
    await t.call(t.client, "is_closed")
