"""Copies and branches, at once and as operations."""

from __future__ import annotations

from recorder import Recorder
from registry import scenario
from scenarios.corpus import contents, seeded


@scenario("Namespace.write", "Namespace.copy_from", "Namespace.branch_from")
async def copies(t: Recorder) -> None:
    await seeded(t, "source", rows=4)
    source = t.name("source")
    await t.call(t.namespace("w1"), "write", copy_from_namespace=source)
    await t.call(t.namespace("w2"), "write", copy_from_namespace={"source_namespace": source})
    await t.call(t.namespace("w3"), "write", branch_from_namespace=source)
    await t.call(t.namespace("w4"), "write", branch_from_namespace={"source_namespace": source})
    await t.call(t.namespace("copy"), "copy_from", source_namespace=source)
    await t.call(t.namespace("branch"), "branch_from", source_namespace=source)
    await t.attempt(t.namespace("crypt"), "copy_from", source_namespace=source, dest_encryption={"mode": "default"})
    for suffix in ("w1", "w3", "copy", "branch"):
        await contents(t, t.namespace(suffix))
    await t.call(t.namespace("branch"), "write", upsert_rows=[{"id": 1, "n": -1}], deletes=[2])
    await contents(t, t.namespace("branch"))
    await contents(t, t.namespace("source"))
    for method in ("copy_from", "branch_from", "start_copy_from"):
        await t.refused(t.namespace("broken"), method, source_namespace=t.name("absent"), status=404)
    await t.refused(t.namespace("copy"), "copy_from", source_namespace=source)


@scenario("Namespace.start_copy_from", "Namespace.poll_copy_from")
async def copy_operation(t: Recorder) -> None:
    await seeded(t, "source", rows=4)
    ns = t.namespace("target")
    started = await t.call(ns, "start_copy_from", source_namespace=t.name("source"))
    operation = f"/{t.name('target')}/operations/"
    running = '{"status":"running","start_time":"2026-01-01T00:00:00Z","progress":"1 of 2"}'
    t.admin.faults({"path_contains": operation, "status": 200, "body": running, "count": 1})
    await t.call(ns, "poll_copy_from", started.token)
    await t.call(ns, "poll_copy_from", started.token)
    await contents(t, ns)
    await t.refused(ns, "poll_copy_from", "no-such-operation", status=404)
