"""namespace.write in each of its forms."""

from __future__ import annotations

from recorder import Recorder
from registry import scenario
from scenarios.corpus import contents, seeded


@scenario("Namespace.write", "Namespace.query")
async def write_rows(t: Recorder) -> None:
    ns = t.namespace()
    rows = [
        {"id": 1, "s": "plain", "i": -5, "f": 0.1, "b": True, "list": ["x", "y"], "none": None},
        {"id": 2, "s": 'ünïcødé ✓ 日本 \u0000 \\ " \n', "i": 9007199254740993, "f": 1e-7, "b": False, "list": []},
        {"id": 3, "extra": "only here", "with space": 1, "Ünïcode": "name"},
    ]
    schema = {"i": "int", "f": "float", "list": "[]string"}
    await t.call(ns, "write", upsert_rows=rows, schema=schema)
    await contents(t, ns)
    await t.call(ns, "write", upsert_rows=[{"id": 1, "s": "replaced"}], return_affected_ids=True)
    await t.call(ns, "write", upsert_rows=[])
    await contents(t, ns)


@scenario("Namespace.write")
async def write_columns(t: Recorder) -> None:
    ns = t.namespace()
    columns = {"id": [1, 2, 3], "vector": [[1, 2], [3.5, 4], [5, 6]], "n": [10, 20, 30], "s": ["x", None, "z"]}
    await t.call(ns, "write", upsert_columns=columns, distance_metric="euclidean_squared")
    await t.call(ns, "write", patch_columns={"id": [1, 3, 99], "n": [11, 33, 0]}, return_affected_ids=True)
    await contents(t, ns)


@scenario("Namespace.write")
async def write_patches(t: Recorder) -> None:
    ns = await seeded(t, rows=5)
    await t.call(ns, "write", patch_rows=[{"id": 1, "n": 100, "new": "attribute"}, {"id": 77, "n": 1}])
    await t.call(ns, "write", patch_by_filter={"filters": ("n", "Gte", 4), "patch": {"flag": True, "note": None}})
    await t.call(
        ns,
        "write",
        patch_by_filter={"filters": ("n", "Lt", 4), "patch": {"group": "low"}},
        patch_by_filter_allow_partial=True,
        return_affected_ids=True,
        unordered=("patched_ids",),
    )
    await contents(t, ns)


@scenario("Namespace.write")
async def write_deletes(t: Recorder) -> None:
    ns = await seeded(t, rows=12)
    await t.call(ns, "write", deletes=[1, 2, 404], return_affected_ids=True)
    await t.call(ns, "write", delete_by_filter=("n", "Eq", 3), return_affected_ids=True)
    await t.call(ns, "write", delete_by_filter=("n", "Lt", 6), delete_by_filter_allow_partial=True)
    await t.call(
        ns,
        "write",
        delete_by_filter=("n", "Gt", 10),
        return_affected_ids=True,
        unordered=("deleted_ids",),
    )
    await contents(t, ns)


@scenario("Namespace.write")
async def write_conditions(t: Recorder) -> None:
    ns = await seeded(t, rows=4)
    newer = {"id": 1, "n": 5}, {"id": 2, "n": 0}, {"id": 9, "n": 9}
    await t.call(
        ns, "write", upsert_rows=newer, upsert_condition=("n", "Lt", {"$ref_new": "n"}), return_affected_ids=True
    )
    await t.call(
        ns, "write", upsert_rows=[{"id": 3, "n": 0}], upsert_condition=("n", "Gt", 100), return_affected_ids=True
    )
    await t.call(ns, "write", patch_rows=[{"id": 3, "n": 33}, {"id": 4, "n": 44}], patch_condition=("n", "Eq", 3))
    await t.call(ns, "write", deletes=[3, 4], delete_condition=("n", "Lt", 10), return_affected_ids=True)
    await contents(t, ns)


@scenario("Namespace.write")
async def write_combined(t: Recorder) -> None:
    ns = await seeded(t, rows=6)
    await t.call(
        ns,
        "write",
        upsert_rows=[{"id": 20, "n": 20}],
        patch_rows=[{"id": 1, "n": 11}],
        deletes=[2],
        delete_by_filter=("n", "Eq", 3),
        patch_by_filter={"filters": ("n", "Eq", 4), "patch": {"n": 44}},
        disable_backpressure=True,
        return_affected_ids=True,
    )
    await contents(t, ns)


@scenario("Namespace.write")
async def write_settings(t: Recorder) -> None:
    await t.attempt(t.namespace("created"), "write", create_namespace=True, schema={"id": {"type": "string"}})
    await t.refused(t.namespace("absent"), "write", create_namespace=False, upsert_rows=[{"id": 1}], status=404)
    await t.attempt(t.namespace("sharded"), "write", upsert_rows=[{"id": 1}], sharding={"num_shards": 2})
    await t.attempt(t.namespace("plain"), "write", upsert_rows=[{"id": 1}], encryption={"mode": "default"})
    locked = {"mode": "customer-managed", "key_name": "projects/x/locations/y"}
    await t.refused(t.namespace("locked"), "write", upsert_rows=[{"id": 1}], encryption=locked)
    await t.attempt(t.namespace("schema"), "write", schema={"s": {"type": "string", "filterable": False}})


@scenario("Namespace.write", "Namespace.query", "Namespace.delete_all")
async def write_namespace_argument(t: Recorder) -> None:
    """Every method also takes the namespace as an argument, over the one that the resource stands for."""
    ns = t.namespace("bound")
    other = t.name("other")
    await t.call(ns, "write", namespace=other, upsert_rows=[{"id": 1}])
    await t.call(ns, "query", namespace=other, rank_by=("id", "asc"), limit=1)
    await t.refused(ns, "query", rank_by=("id", "asc"), limit=1, status=404)
    await t.call(ns, "delete_all", namespace=other)
