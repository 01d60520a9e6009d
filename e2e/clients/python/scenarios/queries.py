"""Queries apart from ranking and filtering: projection, limits, aggregates, several queries at once."""

from __future__ import annotations

from recorder import Recorder
from registry import scenario
from scenarios.corpus import seeded

NEAR = ("vector", "ANN", [1.5, 0.25, 1.0, 1.0])
TEXT = ("text", "BM25", "walrus")


@scenario("Namespace.query", "BaseModel.to_dict", "BaseModel.to_json")
async def query_projection(t: Recorder) -> None:
    ns = await seeded(t, rows=5)
    by_id = {"rank_by": ("id", "asc"), "limit": 2}
    for include in (True, False, [], ["n"], ["vector", "n"], ["id"]):
        await t.call(ns, "query", **by_id, include_attributes=include)
    await t.call(ns, "query", **by_id, exclude_attributes=["text", "vector"])
    highlight = {"shown": ("Highlight", "text"), "far": ("vector", "VectorDist", [1.0, 0.0, 0.0, 0.0])}
    await t.attempt(ns, "query", rank_by=TEXT, limit=2, compute_attributes=highlight)
    await t.attempt(
        ns, "query", rank_by=TEXT, limit=2, rerank_by={"attribute": "text", "model": "m", "query": "walrus"}
    )
    result = await t.call(ns, "query", **by_id, include_attributes=["text", "n"])
    await t.call(result, "to_dict")
    await t.call(result, "to_json")


@scenario("Namespace.query")
async def query_limits(t: Recorder) -> None:
    ns = await seeded(t)
    await t.call(ns, "query", rank_by=("id", "asc"), top_k=3)
    await t.call(ns, "query", rank_by=("id", "asc"), limit={"total": 4})
    per = {"total": 6, "per": {"attributes": ["group"], "limit": 2}}
    await t.call(ns, "query", rank_by=("id", "asc"), limit=per, include_attributes=["group"])
    await t.call(ns, "query", rank_by=("id", "asc"), limit=3, offset=4)
    await t.call(ns, "query", rank_by=NEAR, limit=3, offset=28)
    await t.call(ns, "query", rank_by=("id", "asc"), limit=100, filters=("n", "Eq", -1))
    for consistency in ({"level": "strong"}, {"level": "eventual"}, {"level": "eventual", "max_staleness_seconds": 5}):
        await t.call(ns, "query", rank_by=("id", "asc"), limit=1, consistency=consistency)


@scenario("Namespace.query")
async def query_aggregates(t: Recorder) -> None:
    ns = await seeded(t)
    count, total = {"count": ("Count",)}, {"total": ("Sum", "n"), "count": ("Count",)}
    await t.call(ns, "query", aggregate_by=count)
    await t.call(ns, "query", aggregate_by=total, filters=("flag", "Eq", True))
    await t.call(ns, "query", aggregate_by=count, group_by=["group"])
    await t.call(ns, "query", aggregate_by=total, group_by=["group", "flag"], limit=3)
    await t.attempt(ns, "query", aggregate_by={"c": ("Count", "note")})
    await t.attempt(ns, "query", aggregate_by=count, group_by=[{"tag": ("ForEachUnique", "tags")}])


@scenario("Namespace.multi_query")
async def several_queries(t: Recorder) -> None:
    ns = await seeded(t)
    near, text = {"rank_by": NEAR, "limit": 4}, {"rank_by": TEXT, "limit": 4, "include_attributes": ["text"]}
    await t.call(ns, "multi_query", queries=[near, text, {"aggregate_by": {"count": ("Count",)}}])
    await t.call(ns, "multi_query", queries=[{**near, "filters": ("n", "Lt", 9), "include_attributes": ["vector"]}])
    await t.call(ns, "multi_query", queries=[near, text], consistency={"level": "eventual"}, vector_encoding="base64")
    await t.call(ns, "multi_query", queries=[near, text], rerank_by=("RRF",), limit=5)
    weighted = ("RRF", {"rank_constant": 10, "weights": [1.0, 2.5]})
    await t.call(ns, "multi_query", queries=[near, text], rerank_by=weighted, limit=5)
    await t.attempt(ns, "multi_query", queries=[near, text], rerank_by=("RRF",), limit=2, offset=2)
    await t.refused(ns, "multi_query", queries=[])
    await t.refused(ns, "multi_query", queries=[near] * 17)
    await t.refused(ns, "multi_query", queries=[near, {"limit": 1}])
