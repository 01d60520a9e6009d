"""Document ids of every type, also those that do not fit a double."""

from __future__ import annotations

from recorder import Recorder
from registry import scenario
from scenarios.corpus import contents

UINTS = [0, 1, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1]


@scenario("Namespace.write", "Namespace.query")
async def ids_uint(t: Recorder) -> None:
    ns = t.namespace()
    rows = [{"id": n, "copy": str(n)} for n in UINTS]
    await t.call(ns, "write", upsert_rows=rows, return_affected_ids=True)
    result = await t.call(ns, "query", rank_by=("id", "asc"), limit=100, include_attributes=True)
    assert [row.id for row in result.rows] == UINTS
    await t.call(ns, "query", rank_by=("id", "desc"), limit=3, filters=("id", "Gt", 2**53))
    await t.call(ns, "query", rank_by=("id", "asc"), limit=3, filters=("id", "In", [2**53 + 1, 2**64 - 1]))
    await t.call(
        ns, "write", patch_rows=[{"id": 2**53 + 1, "copy": "patched"}], deletes=[2**64 - 1], return_affected_ids=True
    )
    await contents(t, ns)
    too_large = b'{"upsert_rows":[{"id":18446744073709551616}]}'
    await t.refused(t.client, "post", f"/v2/namespaces/{ns.id}", cast_to=object, content=too_large)
    await t.refused(ns, "write", upsert_rows=[{"id": -1}])
    await t.refused(ns, "write", upsert_rows=[{"id": 1.5}])
    await t.refused(ns, "write", upsert_rows=[{"id": "a string"}])


@scenario("Namespace.write")
async def ids_string(t: Recorder) -> None:
    ns = t.namespace()
    ids = ["a", "10", "9", "a/b?c#d%2F", "space d", "日本", "x" * 64]
    await t.call(ns, "write", upsert_rows=[{"id": i} for i in ids], return_affected_ids=True)
    await contents(t, ns)
    await t.call(ns, "query", rank_by=("id", "asc"), limit=10, filters=("id", "In", ["10", "a/b?c#d%2F"]))
    await t.call(ns, "write", deletes=["10", "日本", "absent"], return_affected_ids=True)
    await t.refused(ns, "write", upsert_rows=[{"id": "x" * 65}])
    await t.refused(ns, "write", upsert_rows=[{"id": ""}])
    await t.refused(ns, "write", upsert_rows=[{"id": 7}])
    await contents(t, ns)


@scenario("Namespace.write", "Namespace.schema")
async def ids_uuid(t: Recorder) -> None:
    ns = t.namespace()
    ids = ["f47ac10b-58cc-4372-a567-0e02b2c3d479", "00000000-0000-4000-8000-000000000001"]
    await t.call(ns, "write", upsert_rows=[{"id": i, "n": 1} for i in ids], schema={"id": "uuid"})
    await contents(t, ns)
    await t.call(ns, "schema")
    await t.call(ns, "query", rank_by=("id", "asc"), limit=5, filters=("id", "Eq", ids[0]))
    await t.call(ns, "write", deletes=[ids[0]], return_affected_ids=True)


@scenario("Namespace.write")
async def numbers_as_written(t: Recorder) -> None:
    """Values that a decode into a double and back would change."""
    ns = t.namespace()
    schema = {"i": "int", "u": "uint", "f": "float", "ints": "[]int"}
    rows = [
        {"id": 1, "i": 2**63 - 1, "u": 2**64 - 1, "f": 0.1, "ints": [2**53 + 1, -(2**63)]},
        {"id": 2, "i": -(2**63), "u": 2**53 + 1, "f": 1e300, "ints": []},
        {"id": 3, "i": 0, "u": 0, "f": -0.0},
    ]
    await t.call(ns, "write", upsert_rows=rows, schema=schema)
    result = await t.call(ns, "query", rank_by=("id", "asc"), limit=10, include_attributes=True)
    assert result.rows[0]["i"] == 2**63 - 1 and result.rows[0]["u"] == 2**64 - 1
    await t.call(ns, "query", rank_by=("id", "asc"), limit=10, filters=("u", "Eq", 2**53 + 1))
    await t.call(ns, "query", rank_by=("i", "desc"), limit=10, filters=("i", "Gte", 2**62))
