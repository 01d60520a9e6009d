"""The raw and the streaming view of every method: statuses, headers and bodies byte for byte."""

from __future__ import annotations

from typing import Any

import masks
from recorder import Recorder
from registry import scenario
from scenarios.corpus import seeded

METHODS = (
    "branch_from",
    "copy_from",
    "delete_all",
    "explain_query",
    "hint_cache_warm",
    "metadata",
    "multi_query",
    "poll_copy_from",
    "query",
    "recall",
    "schema",
    "start_copy_from",
    "update_metadata",
    "update_schema",
    "write",
)


def covered(view: str) -> list[str]:
    return [f"{view}.{method}" for method in METHODS]


async def token_of_copy(t: Recorder) -> str:
    started = await t.call(t.namespace("target"), "start_copy_from", source_namespace=t.name("a"))
    return started.token


def arguments(t: Recorder, token: str) -> dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """For each method the namespace to call it on and what to pass; deletion comes last."""
    source = {"source_namespace": t.name("a")}
    query = {"rank_by": ("vector", "ANN", [1.0, 2.0, 3.0, 4.0]), "limit": 2, "include_attributes": ["vector", "n"]}
    return {
        "branch_from": ("branch", (), source),
        "copy_from": ("copy", (), source),
        "start_copy_from": ("started", (), source),
        "poll_copy_from": ("target", (token,), {}),
        "explain_query": ("a", (), query),
        "query": ("a", (), query),
        "multi_query": ("a", (), {"queries": [query, query]}),
        "hint_cache_warm": ("a", (), {}),
        "metadata": ("a", (), {}),
        "recall": ("a", (), {"num": 1}),
        "schema": ("a", (), {}),
        "update_metadata": ("a", (), {"pinning": True}),
        "update_schema": ("a", (), {"schema": {"later": "int"}}),
        "write": ("a", (), {"upsert_rows": [{"id": 99, "n": 2**53 + 1}]}),
        "delete_all": ("a", (), {}),
    }


@scenario(
    *covered("NamespaceWithRawResponse"),
    *("TurbopufferWithRawResponse.namespace", "TurbopufferWithRawResponse.namespaces"),
    *("APIResponse.parse", "APIResponse.read", "APIResponse.text", "APIResponse.json", "APIResponse.close"),
)
async def raw_responses(t: Recorder) -> None:
    await seeded(t, rows=3)
    raw = t.client.with_raw_response
    calls = arguments(t, await token_of_copy(t))
    for method, (suffix, args, kwargs) in calls.items():
        view = t.namespace(suffix, client=raw)
        response = await t.call(view, method, *args, **kwargs)
        t.note("read", masks.text((await t.call_quietly(response, "read")).decode()))
        for reader in ("text", "json", "parse"):
            t.note(reader, await t.call_quietly(response, reader))
        await t.call_quietly(response, "close")
    listed = await t.call(raw, "namespaces", prefix=t.name("b"))
    t.note("parse", await t.call_quietly(listed, "parse"))


@scenario(
    *covered("NamespaceWithStreamingResponse"),
    *("TurbopufferWithStreamedResponse.namespace", "TurbopufferWithStreamedResponse.namespaces"),
    *("APIResponse.iter_bytes", "APIResponse.iter_text", "APIResponse.iter_lines", "APIResponse.read"),
)
async def streamed_responses(t: Recorder) -> None:
    await seeded(t, rows=3)
    streaming = t.client.with_streaming_response
    readers = ("read", "text", "iter_bytes", "iter_text", "iter_lines")
    calls = arguments(t, await token_of_copy(t))
    for n, (method, (suffix, args, kwargs)) in enumerate(calls.items()):
        view = t.namespace(suffix, client=streaming)
        await t.stream(view, method, *args, read=readers[n % len(readers)], **kwargs)
    await t.stream(streaming, "namespaces", prefix=t.name("b"), read="iter_bytes")


@scenario("NamespaceWithRawResponse.query")
async def raw_errors(t: Recorder) -> None:
    absent = t.namespace("absent", client=t.client.with_raw_response)
    await t.refused(absent, "query", rank_by=("id", "asc"), limit=1, status=404)
    await t.refused(absent, "schema", status=404)
    await t.refused(absent, "delete_all", status=404)
