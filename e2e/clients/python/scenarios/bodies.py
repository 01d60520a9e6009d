"""Compressed and large bodies, both ways."""

from __future__ import annotations

import random

import masks
from recorder import Recorder
from registry import scenario

MEBIBYTE = 1 << 20


def noise(seed: int, size: int) -> str:
    """Text that gzip cannot shrink to nothing."""
    return random.Random(seed).randbytes(size // 2).hex()


@scenario("Namespace.write", "Namespace.query", "NamespaceWithRawResponse.query")
async def compressed_bodies(t: Recorder) -> None:
    """With compression the client gzips requests over 1024 bytes and asks for gzip answers; without, for identity."""
    everything = {"rank_by": ("id", "asc"), "limit": 100, "include_attributes": True}
    compressing = t.client.with_options(compression=True)
    for suffix, client in (("plain", t.client), ("gzip", compressing)):
        ns = t.namespace(suffix, client=client)
        await t.call(ns, "write", upsert_rows=[{"id": n, "s": noise(n, 400)} for n in range(8)])
        await t.call(ns, "write", upsert_rows=[{"id": 9, "s": "small"}])
        await t.call(ns, "query", **everything)
        await t.call(ns, "explain_query", **everything, filters=("s", "In", [noise(n, 400) for n in range(8)]))
        raw = await t.call(t.namespace(suffix, client=client.with_raw_response), "query", **everything)
        t.note("text", masks.text(await t.call_quietly(raw, "text")))
        encodings = {"extra_headers": {"Accept-Encoding": "br;q=1.0, gzip;q=0.8, *;q=0.1"}}
        await t.call(t.namespace(suffix, client=client.with_raw_response), "query", **everything, **encodings)


@scenario("Namespace.write", "Namespace.query")
async def large_bodies(t: Recorder) -> None:
    """Some MiB in one write and in one answer, plain and compressed."""
    for suffix, compression in (("plain", False), ("gzip", True)):
        ns = t.namespace(suffix, client=t.client.with_options(compression=compression))
        rows = [{"id": n, "vector": [n + 0.5] * 256, "s": noise(n, MEBIBYTE // 64)} for n in range(256)]
        await t.call(ns, "write", upsert_rows=rows, distance_metric="cosine_distance")
        result = await t.call_quietly(ns, "query", rank_by=("id", "asc"), limit=256, include_attributes=True)
        t.note("billing", result.billing)
        t.note("sums", [[row.id, sum(row.vector), hash_of(row["s"])] for row in result.rows])
        assert [row["s"] for row in result.rows] == [row["s"] for row in rows]


def hash_of(text: str) -> int:
    return sum(map(ord, text))
