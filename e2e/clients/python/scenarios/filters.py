"""Every filter operator of the client's types."""

from __future__ import annotations

from recorder import Recorder
from registry import scenario
from scenarios.corpus import seeded

FILTERS = [
    ("n", "Eq", 3),
    ("n", "NotEq", 3),
    ("note", "Eq", None),
    ("note", "NotEq", None),
    ("n", "In", [1, 2, 999]),
    ("n", "NotIn", [1, 2]),
    ("n", "Lt", 5),
    ("n", "Lte", 5),
    ("score", "Gt", 3.5),
    ("score", "Gte", 3.5),
    ("tags", "Contains", "t1"),
    ("tags", "NotContains", "t1"),
    ("tags", "ContainsAny", ["t1", "t2"]),
    ("tags", "NotContainsAny", ["t1", "t2"]),
    ("sizes", "AnyLt", 4),
    ("sizes", "AnyLte", 4),
    ("sizes", "AnyGt", 38),
    ("sizes", "AnyGte", 38),
    ("path", "Glob", "/src/1/*.go"),
    ("path", "NotGlob", "/src/1/*"),
    ("path", "IGlob", "/SRC/1/*"),
    ("path", "NotIGlob", "/SRC/1/*"),
    ("path", "Regex", "file1[0-9]"),
    ("text", "ContainsAllTokens", "walrus number"),
    ("text", "ContainsAnyToken", "walrus heron"),
    ("text", "ContainsTokenSequence", "swims past"),
    ("flag", "Eq", True),
    ("born", "Gte", "2024-01-20T00:00:00Z"),
    ("ref", "Eq", "00000000-0000-4000-8000-000000000007"),
    ("id", "In", [1, 5, 404]),
    ("id", "Gt", 25),
    ("Not", ("flag", "Eq", True)),
    ("And", [("flag", "Eq", True), ("n", "Lt", 20)]),
    ("Or", [("n", "Eq", 1), ("And", [("n", "Gt", 5), ("n", "Lt", 8)])]),
]

# In the client's types, but not necessarily in every store.
FURTHER = [
    ("name", "Fuzzy", "Kingfsher", {"max_edit_distance": [{"distance": 1, "min_query_chars": 6}]}),
    ("text", "ContainsAllTokens", ["walrus", "number"]),
    ("text", "ContainsAllTokens", "walrus num", {"last_as_prefix": True}),
    ("text", "ContainsAnyToken", "hero", {"last_as_prefix": True}),
    ("text", "ContainsTokenSequence", ["swims", "past"]),
]


@scenario("Namespace.query")
async def filter_operators(t: Recorder) -> None:
    ns = await seeded(t)
    for filters in FILTERS:
        await t.call(ns, "query", rank_by=("id", "asc"), limit=100, filters=filters)
    for filters in FURTHER:
        await t.attempt(ns, "query", rank_by=("id", "asc"), limit=100, filters=filters)
