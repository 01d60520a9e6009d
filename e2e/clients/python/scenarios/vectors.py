"""Vectors: base64 and lists, 32 and 16 bits, several columns, and the forms that only some stores take."""

from __future__ import annotations

import array
import base64

from recorder import Recorder
from registry import scenario


def encoded(*values: float) -> str:
    return base64.b64encode(array.array("f", values).tobytes()).decode()


@scenario("Namespace.write", "Namespace.query")
async def vectors_both_encodings(t: Recorder) -> None:
    ns = t.namespace()
    rows = [
        {"id": 1, "vector": [0.1, 0.2, 0.3]},
        {"id": 2, "vector": encoded(1.5, -2.25, 3.125)},
        {"id": 3, "vector": [1, 2, 3]},
    ]
    await t.call(ns, "write", upsert_rows=rows, distance_metric="euclidean_squared")
    for encoding in ("float", "base64"):
        await t.call(
            ns, "query", rank_by=("id", "asc"), limit=9, include_attributes=["vector"], vector_encoding=encoding
        )
    near = {"rank_by": ("vector", "ANN", [0.1, 0.2, 0.3]), "limit": 3}
    await t.call(ns, "query", **near, include_attributes=["vector"])
    await t.call(ns, "query", **near, include_attributes=True)
    await t.call(ns, "query", **near, include_attributes=False)
    await t.call(ns, "query", **near)
    await t.call(ns, "query", rank_by=("vector", "kNN", [0.1, 0.2, 0.3]), limit=2, filters=("id", "Gte", 1))
    await t.refused(ns, "query", rank_by=("vector", "ANN", [0.1, 0.2]), limit=3)
    await t.refused(ns, "write", upsert_rows=[{"id": 4, "vector": [1.5]}])


@scenario("Namespace.write", "Namespace.schema")
async def vectors_f16_and_named(t: Recorder) -> None:
    ns = t.namespace()
    schema = {
        "small": {"type": "[4]f16", "ann": {"distance_metric": "cosine_distance"}},
        "other": {"type": "[2]f32", "ann": {"distance_metric": "euclidean_squared"}},
    }
    rows = [{"id": n, "small": [0.1 * n, 1 / 3, 1000.5, -n], "other": [n, n + 0.5]} for n in (1, 2, 3)]
    await t.call(ns, "write", upsert_rows=rows, schema=schema)
    await t.call(ns, "schema")
    await t.call(ns, "query", rank_by=("small", "ANN", [0.1, 0.33, 1000.0, -1.0]), limit=3, include_attributes=True)
    await t.call(ns, "query", rank_by=("other", "ANN", [2.0, 2.5]), limit=2, include_attributes=["small"])


@scenario("Namespace.write", "Namespace.query")
async def vectors_of_other_kinds(t: Recorder) -> None:
    sparse = t.namespace("sparse")
    schema = {"weights": {"type": "{}f16", "sparse_knn": {"distance_metric": "dot_product"}}}
    await t.attempt(sparse, "write", upsert_rows=[{"id": 1, "weights": {"1": 0.5, "7": 2.0}}], schema=schema)
    await t.attempt(sparse, "query", rank_by=("weights", "SparseKNN", {"7": 1.0}), limit=1)
    late = t.namespace("late")
    schema = {"tokens": {"type": "[][2]f32", "ann": {"distance_metric": "cosine_distance", "late_interaction": True}}}
    await t.attempt(late, "write", upsert_rows=[{"id": 1, "tokens": [[0.5, 0.25], [1.0, 0.0]]}], schema=schema)
    await t.attempt(late, "query", rank_by=("tokens", "ANN", [[0.5, 0.5]]), limit=1)
    embedded = t.namespace("embedded")
    schema = {"s": {"type": "string", "embed": {"model": "provider/model", "dims": 4}}}
    await t.attempt(
        embedded, "write", upsert_rows=[{"id": 1, "s": "x"}], schema=schema, distance_metric="cosine_distance"
    )
    await t.attempt(embedded, "query", rank_by=("embed_s", "ANN", ("Embed", "text")), limit=1)
