"""Every rank_by form."""

from __future__ import annotations

from recorder import Recorder
from registry import scenario
from scenarios.corpus import seeded


@scenario("Namespace.query")
async def rank_by_attributes(t: Recorder) -> None:
    ns = await seeded(t)
    for rank_by in (
        ("id", "asc"),
        ("id", "desc"),
        ("score", "desc"),
        ("born", "asc"),
        (("group", "asc"), ("n", "desc")),
    ):
        await t.call(ns, "query", rank_by=rank_by, limit=7, include_attributes=["n", "group"])


@scenario("Namespace.query")
async def rank_by_text(t: Recorder) -> None:
    ns = await seeded(t)
    walrus, about = ("text", "BM25", "walrus swims"), ("title", "BM25", "otter")
    ranks = (
        walrus,
        ("Sum", (walrus, about)),
        ("Max", (walrus, about)),
        ("Product", 2.5, walrus),
        ("Product", about, 0.5),
        ("Sum", (walrus, ("Product", 10.0, ("flag", "Eq", True)))),
        ("Sum", (walrus, ("Product", 0.01, ("Attribute", "n")))),
    )
    for rank_by in ranks:
        await t.call(ns, "query", rank_by=rank_by, limit=5, include_attributes=["text"])
    others = (
        ("text", "BM25", ["walrus", "fox"]),
        ("text", "BM25", "wal", {"last_as_prefix": True}),
        ("Saturate", ("Attribute", "n"), {"midpoint": 10, "exponent": 1}),
        ("Decay", ("Dist", ("Attribute", "n"), 10), {"midpoint": 5}),
    )
    for rank_by in others:
        await t.attempt(ns, "query", rank_by=rank_by, limit=5)


@scenario("Namespace.query")
async def rank_by_vector(t: Recorder) -> None:
    ns = await seeded(t)
    near = ("vector", "ANN", [1.5, 0.25, 1.0, 1.0])
    await t.call(ns, "query", rank_by=near, top_k=5)
    await t.call(ns, "query", rank_by=near, limit=5, include_attributes=True)
    await t.call(ns, "query", rank_by=near, limit=5, filters=("group", "Eq", "odd"), include_attributes=["group"])
    await t.call(ns, "query", rank_by=("vector", "kNN", near[2]), limit=5, filters=("n", "Lt", 6))
    await t.attempt(ns, "query", rank_by=near, limit=5, distance_metric="euclidean_squared")


@scenario("Namespace.explain_query")
async def explain(t: Recorder) -> None:
    ns = await seeded(t, rows=3)
    await t.call(ns, "explain_query", rank_by=("vector", "ANN", [1.0, 2.0, 3.0, 4.0]), limit=2, filters=("n", "Gt", 1))
    await t.call(
        ns,
        "explain_query",
        rank_by=("text", "BM25", "walrus"),
        top_k=2,
        include_attributes=["n"],
        consistency={"level": "eventual"},
        vector_encoding="float",
        extra_body={"field_of_the_future": {"big": 2**53 + 1, "float": 1.0}},
    )
    t.upstream()
