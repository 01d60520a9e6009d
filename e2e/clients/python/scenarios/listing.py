"""The list of namespaces, its pages, and names that look like routes."""

from __future__ import annotations

from recorder import Recorder, settle
from registry import scenario


@scenario(
    "Turbopuffer.namespaces",
    "Turbopuffer.get_api_list",
    "NamespacePage.has_next_page",
    "NamespacePage.next_page_info",
    "NamespacePage.get_next_page",
    "NamespacePage.iter_pages",
)
async def namespace_pages(t: Recorder) -> None:
    for n in range(5):
        await t.call(t.namespace(f"p{n}"), "write", upsert_rows=[{"id": 1}])
    prefix = t.name("p")
    first = await t.call(t.client, "namespaces", prefix=prefix, page_size=2)
    while await t.call(first, "has_next_page"):
        t.note("next", str(first.next_page_info()))
        t.called.add("NamespacePage.next_page_info")
        first = await t.call(first, "get_next_page")
    page = await t.call(t.client, "namespaces", prefix=prefix, page_size=3)
    t.called.add("NamespacePage.iter_pages")
    t.note("pages", await t.drain(page.iter_pages()))
    t.note("all", await t.drain(await settle(t.client.namespaces(prefix=prefix, page_size=1))))
    await t.call(t.client, "namespaces", prefix=prefix, cursor=page.next_cursor)
    await t.call(t.client, "namespaces", prefix=t.name("nothing begins like this"))
    await t.call(t.client, "namespaces", prefix=prefix, extra_query={"future": "a b&c=ü", "list": ["x", "y"]})
    summary = page.namespaces[0].__class__
    options = {"params": {"prefix": prefix, "page_size": 4}}
    await t.call(t.client, "get_api_list", "/v1/namespaces", model=summary, page=type(page), options=options)
    t.upstream()


ROUTE_LIKE = ("query", "scans", "documents", "metadata", "namespaces", "v2", "-", "_", "a.b..c", "...")


@scenario("Namespace.write", "Namespace.query", "Namespace.metadata", "Namespace.delete_all", "Namespace.exists")
async def names_like_routes(t: Recorder) -> None:
    """These names are shared by all runs, so what an aborted run left is removed first, unrecorded."""
    names = [*ROUTE_LIKE, t.name("x") + "y" * (127 - len(t.name("x"))) + "z"]
    for name in names:
        ns = t.client.namespace(name)
        if await settle(ns.exists()):
            await settle(ns.delete_all())
        await t.call(ns, "write", upsert_rows=[{"id": 1, "name": "x"}])
        await t.call(ns, "query", rank_by=("id", "asc"), limit=1, include_attributes=True)
        await t.call(ns, "metadata")
        await t.call(ns, "schema")
        await t.call(ns, "delete_all")
        await t.call(ns, "exists")
