"""respond-async: the client asks for it on every call and polls by itself when the store applies it."""

from __future__ import annotations

from turbopuffer import omit

from recorder import Recorder
from registry import scenario
from scenarios.corpus import contents


@scenario("Namespace.write")
async def respond_async(t: Recorder) -> None:
    t.admin.config(async_write=True)
    ns = t.namespace()
    await t.call(ns, "write", upsert_rows=[{"id": 1, "n": 1}, {"id": 2, "n": 2}], return_affected_ids=True)
    await t.call(ns, "write", patch_rows=[{"id": 1, "n": 5}])
    await t.call(ns, "write", upsert_rows=[{"id": 3}], extra_headers={"Prefer": "return=minimal"})
    await t.call(ns, "write", upsert_rows=[{"id": 4}], extra_headers={"Prefer": omit})
    await t.call(t.client.with_raw_response.namespace(t.name("a")), "write", upsert_rows=[{"id": 5}])
    await contents(t, ns)


@scenario("Namespace.write")
async def respond_async_outcomes(t: Recorder) -> None:
    """The poll answers that the client has to tell apart."""
    t.admin.config(async_write=True)
    ns = t.namespace()
    polls = f"/{t.name('a')}/operations/"
    t.admin.faults({"path_contains": polls, "status": 200, "body": '{"status":"running"}', "count": 1})
    await t.call(ns, "write", upsert_rows=[{"id": 1}])
    failed = (
        '{"status":"finished","result":{"error":{"status_code":400,"detail":{"status":"error","error":"too late"}}}}'
    )
    t.admin.faults({"path_contains": polls, "status": 200, "body": failed, "count": 1})
    await t.refused(ns, "write", upsert_rows=[{"id": 2}], status=400)
    t.admin.faults({"path_contains": polls, "status": 200, "body": '{"status":"odd"}', "count": 1})
    await t.refused(ns, "write", upsert_rows=[{"id": 3}])
    t.admin.faults({"path_contains": polls, "status": 404, "body": '{"status":"error","error":"expired"}', "count": 1})
    await t.refused(ns, "write", upsert_rows=[{"id": 4}], status=404)
