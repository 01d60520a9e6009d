"""Answers that the client reacts to by itself: retries, Retry-After, lost connections, time-outs."""

from __future__ import annotations

from typing import Any

from turbopuffer import APIConnectionError

from recorder import Recorder
from registry import scenario
from scenarios.corpus import seeded

QUERY: dict[str, Any] = {"rank_by": ("id", "asc"), "limit": 1}


@scenario("Namespace.query")
async def refusals_relayed(t: Recorder) -> None:
    """A store's refusal reaches the client as it is, at once, with its Retry-After."""
    ns = await seeded(t, rows=2)
    path = f"/{t.name('a')}/query"
    for status, retry_after in (
        (429, "1"),
        (429, "0.25"),
        (503, "7"),
        (503, ""),
        (500, ""),
        (502, ""),
        (504, ""),
        (408, ""),
        (409, ""),
    ):
        t.admin.faults({"path_contains": path, "status": status, "retry_after": retry_after})
        await t.refused(ns, "query", **QUERY, status=status)
    odd = '{"status":"error","error":"strange ✓","detail":{"n":9007199254740993}}'
    t.admin.faults({"path_contains": path, "status": 418, "body": odd})
    await t.refused(ns, "query", **QUERY, status=418)
    t.admin.faults({"path_contains": path, "status": 500, "body": "not JSON"})
    await t.refused(ns, "query", **QUERY, status=500)


@scenario("Namespace.query")
async def many_refusals(t: Recorder) -> None:
    """A row of failures is the store's own affair: nothing in between may shut it off or answer for it."""
    ns = await seeded(t, rows=2)
    t.admin.faults({"path_contains": f"/{t.name('a')}/query", "status": 500, "count": 12})
    for _ in range(12):
        await t.refused(ns, "query", **QUERY, status=500)
    await t.call(ns, "query", **QUERY)


@scenario("Namespace.query", "Namespace.write")
async def retries(t: Recorder) -> None:
    await seeded(t, rows=2)
    ns = t.namespace(client=t.client.with_options(max_retries=3))
    path = t.name("a")
    for fault in (
        {"status": 429, "retry_after": "0.05", "count": 2},
        {"status": 503, "count": 1},
        {"status": 500, "retry_after": "0.05", "count": 3},
        {"status": 409, "retry_after": "0.05", "count": 1},
    ):
        t.admin.faults({"path_contains": path, **fault})
        await t.call(ns, "query", **QUERY)
    t.admin.faults({"path_contains": path, "status": 503, "retry_after": "0.05", "count": 2})
    await t.call(ns, "write", upsert_rows=[{"id": 50}])
    t.admin.faults({"path_contains": path, "status": 429, "retry_after": "0.05"})
    await t.refused(ns, "query", **QUERY, status=429)


@scenario("Namespace.query", "Namespace.write")
async def lost_connections(t: Recorder) -> None:
    """A connection lost before the answer: a client that retries comes through."""
    await seeded(t, rows=2)
    ns = t.namespace(client=t.client.with_options(max_retries=2))
    t.admin.faults({"path_contains": t.name("a"), "close": True, "count": 1})
    await t.call(ns, "query", **QUERY)
    t.admin.faults({"path_contains": t.name("a"), "close": True, "count": 1})
    await t.call(ns, "write", upsert_rows=[{"id": 50}])
    t.admin.faults({"path_contains": t.name("a"), "close": True, "count": 1})
    await t.call(ns, "metadata")


@scenario("Namespace.query")
async def time_outs(t: Recorder) -> None:
    """The client gives up by itself, long before anything between it and the store would."""
    ns = await seeded(t, rows=2)
    t.admin.faults({"path_contains": f"/{t.name('a')}/query", "delay_ms": 2500, "count": 1})
    error = await t.refused(ns, "query", **QUERY, timeout=0.3)
    assert isinstance(error, APIConnectionError)
    await t.call(ns, "query", **QUERY)
