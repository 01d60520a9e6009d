"""Metadata, schema, hints and measurements of a namespace."""

from __future__ import annotations

from recorder import Recorder
from registry import scenario
from scenarios.corpus import seeded


@scenario("Namespace.metadata", "Namespace.update_metadata")
async def metadata(t: Recorder) -> None:
    ns = await seeded(t, rows=3)
    await t.call(ns, "metadata")
    await t.call(ns, "update_metadata", pinning=True)
    await t.call(ns, "update_metadata", pinning={"replicas": 2})
    await t.call(ns, "metadata")
    await t.call(ns, "update_metadata", pinning=None)
    await t.call(ns, "update_metadata", read_only=True)
    await t.refused(ns, "write", upsert_rows=[{"id": 1}])
    await t.call(ns, "update_metadata", read_only=False, extra_body={"field_of_the_future": [2**53 + 1, 1.0]})
    await t.call(ns, "write", deletes=[1])
    await t.call(ns, "metadata")
    t.upstream()


@scenario("Namespace.schema", "Namespace.update_schema", "Namespace.exists")
async def schema(t: Recorder) -> None:
    ns = t.namespace()
    await t.call(ns, "exists")
    await seeded(t, rows=2)
    await t.call(ns, "exists")
    await t.call(ns, "schema")
    added = {"later": {"type": "[]int", "filterable": False}, "short": "uint"}
    await t.call(ns, "update_schema", schema=added)
    await t.call(
        ns, "update_schema", schema={"title": {"type": "string", "full_text_search": {"case_sensitive": True}}}
    )
    await t.refused(ns, "update_schema", schema={"n": {"type": "string"}})
    await t.call(ns, "schema")


@scenario("Namespace.hint_cache_warm", "Namespace.recall")
async def hints_and_recall(t: Recorder) -> None:
    ns = await seeded(t)
    await t.call(ns, "hint_cache_warm")
    await t.call(ns, "recall")
    await t.call(ns, "recall", num=3, top_k=5)
    await t.call(ns, "recall", num=1, top_k=5, filters=("n", "Gt", 3), include_ground_truth=True)
    await t.attempt(ns, "recall", num=1, rank_by=("vector", "ANN", [1.0, 2.0, 3.0, 4.0]))
    t.upstream()


@scenario("Namespace.delete_all", "Namespace.exists")
async def deletion(t: Recorder) -> None:
    ns = await seeded(t, rows=3)
    await t.call(ns, "delete_all")
    await t.call(ns, "exists")
    await t.refused(ns, "delete_all", status=404)
    await t.call(ns, "write", upsert_rows=[{"id": "now a string"}])
    await t.call(ns, "query", rank_by=("id", "asc"), limit=9)
