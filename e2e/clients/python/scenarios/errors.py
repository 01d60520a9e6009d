"""What the store refuses, refused in the store's own words."""

from __future__ import annotations

from typing import Any

from recorder import Recorder
from registry import scenario
from scenarios.corpus import seeded


@scenario("Namespace.query")
async def refused_queries(t: Recorder) -> None:
    ns = await seeded(t, rows=5)
    by_id: dict[str, Any] = {"rank_by": ("id", "asc"), "limit": 1}
    filters = [
        ("absent", "Eq", 1),
        ("text", "Eq", "not filterable"),
        ("n", "NoSuchOperator", 1),
        ("n", "ContainsAllTokens", "no index"),
        ("group", "Fuzzy", "x", {}),
        ("tags", "Contains", 5),
        ("path", "Glob", 5),
        ("id", "Eq", "a string"),
        ("And", "not a list"),
        ("n", "Eq"),
        [],
        "not a filter",
        {"n": 1},
    ]
    for filter in filters:
        await t.attempt(ns, "query", **by_id, filters=filter)
    await t.refused(ns, "query", **by_id, filters=("absent", "Eq", 1))
    await t.refused(ns, "query", **by_id, filters=("n", "NoSuchOperator", 1))
    for arguments in (
        {},
        {"rank_by": ("id", "asc")},
        {"limit": 1},
        {"rank_by": "id", "limit": 1},
        {"rank_by": ("vector", "ANN", [1.0]), "limit": 1},
        {"rank_by": ("n", "BM25", "walrus"), "limit": 1},
        {"rank_by": ("id", "asc"), "limit": 0},
        {"rank_by": ("id", "asc"), "limit": 10**9},
        {"rank_by": ("absent", "asc"), "limit": 1},
        {**by_id, "include_attributes": ["absent"]},
        {**by_id, "consistency": {"level": "whatever"}},
        {**by_id, "consistency": "strong"},
        {"aggregate_by": {"x": ("NoSuchAggregate",)}},
    ):
        await t.refused(ns, "query", **arguments)
    for extra in ({"limit": "many"}, {"field_of_the_future": 1}, {"filters": {"deep": [[[]]]}}, {"top_k": 2**64 - 1}):
        await t.attempt(ns, "query", **by_id, extra_body=extra)


@scenario("Namespace.write")
async def refused_writes(t: Recorder) -> None:
    ns = await seeded(t, rows=2)
    for arguments in (
        {"upsert_rows": [{"n": 1}]},
        {"upsert_rows": "not a list"},
        {"upsert_rows": [1]},
        {"upsert_rows": [{"id": 1, "n": "not a number"}]},
        {"upsert_rows": [{"id": 1, "nested": {"a": 1}}]},
        {"upsert_rows": [{"id": 1, "vector": "not base64!"}]},
        {"upsert_rows": [{"id": 1, "vector": {}}]},
        {"upsert_columns": {"id": [1, 2], "n": [1]}},
        {"upsert_columns": {"n": [1]}},
        {"deletes": 5},
        {"delete_by_filter": ("absent", "Eq", 1)},
        {"patch_by_filter": {"filters": "no filter", "patch": {}}},
        {"upsert_rows": [{"id": 1}], "distance_metric": "no such metric"},
        {"upsert_rows": [{"id": 1}], "schema": {"n": {"type": "string"}}},
        {"upsert_rows": [{"id": 1}], "schema": "no schema"},
        {"upsert_rows": [{"id": 1}], "upsert_condition": ("n", "NoSuchOperator", 1)},
    ):
        await t.refused(ns, "write", **arguments)
    await t.attempt(ns, "write")
    await t.attempt(ns, "write", extra_body={"field_of_the_future": True})
    await t.attempt(ns, "write", upsert_rows=[{"id": 9}], extra_body={"field_of_the_future": {"x": 2**53 + 1}})


@scenario("Turbopuffer.post")
async def refused_bodies(t: Recorder) -> None:
    """Bodies that are no JSON objects."""
    await seeded(t, rows=2)
    path = f"/v2/namespaces/{t.name('a')}"
    for content in (b"{", b"[]", b"null", b'"text"', b"{} {}", b'{"upsert_rows": [{"id": 1}', b"\xff\xfe", b""):
        await t.attempt(t.client, "post", path, cast_to=object, content=content)
        await t.attempt(t.client, "post", f"{path}/query", cast_to=object, content=content)
        await t.attempt(t.client, "post", f"{path}/explain_query", cast_to=object, content=content)
    broken = {"headers": {"Content-Encoding": "gzip"}}
    await t.refused(t.client, "post", f"{path}/query", cast_to=object, content=b"not gzip", options=broken)


@scenario("Namespace.query", "Namespace.schema", "Namespace.metadata", "Namespace.recall", "Namespace.hint_cache_warm")
async def missing_namespace(t: Recorder) -> None:
    ns = t.namespace("absent")
    for method, arguments in {
        "query": {"rank_by": ("id", "asc"), "limit": 1},
        "multi_query": {"queries": [{"rank_by": ("id", "asc"), "limit": 1}]},
        "explain_query": {"rank_by": ("id", "asc"), "limit": 1},
        "metadata": {},
        "update_metadata": {"pinning": True},
        "schema": {},
        "hint_cache_warm": {},
        "recall": {},
        "delete_all": {},
    }.items():
        await t.refused(ns, method, **arguments, status=404)
    await t.attempt(ns, "update_schema", schema={"n": "int"})
    for arguments in ({"deletes": [1]}, {"patch_rows": [{"id": 1, "n": 1}]}, {"delete_by_filter": ("n", "Eq", 1)}):
        await t.attempt(ns, "write", **arguments)
    await t.call(ns, "exists")
