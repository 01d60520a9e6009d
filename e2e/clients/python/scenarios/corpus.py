"""Documents that several scenarios read."""

from __future__ import annotations

from typing import Any

from recorder import Recorder

SCHEMA = {
    "text": {
        "type": "string",
        "full_text_search": {"language": "english", "stemming": True, "remove_stopwords": False},
    },
    "title": {"type": "string", "full_text_search": True, "filterable": True},
    "path": {"type": "string", "glob": True, "regex": True},
    "name": {"type": "string", "fuzzy": True},
    "born": {"type": "datetime"},
    "ref": {"type": "uuid"},
}

ANIMALS = ("walrus", "fox", "otter", "walruses", "heron")


def document(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "vector": [n % 7 + 0.5, n % 5 - 1.25, n % 3 + 0.125, 1.0],
        "n": n,
        "score": n / 8,
        "group": "even" if n % 2 == 0 else "odd",
        "flag": n % 3 == 0,
        "tags": ["a", f"t{n % 4}"],
        "sizes": [n, n + 10],
        "text": f"the {ANIMALS[n % 5]} number {n} swims past the other {ANIMALS[(n + 1) % 5]}",
        "title": f"About the {ANIMALS[n % 5]}",
        "path": f"/src/{n % 4}/file{n}.go",
        "name": f"Kingfisher {n % 6}",
        "born": f"2024-01-{n % 28 + 1:02d}T10:20:30Z",
        "ref": f"00000000-0000-4000-8000-{n:012d}",
        "note": None if n % 4 else f"note {n}",
    }


async def seeded(t: Recorder, suffix: str = "a", rows: int = 30) -> Any:
    """A namespace with the first documents of the corpus."""
    ns = t.namespace(suffix)
    documents = [document(n) for n in range(1, rows + 1)]
    await t.call(ns, "write", upsert_rows=documents, schema=SCHEMA, distance_metric="cosine_distance")
    return ns


async def contents(t: Recorder, ns: Any) -> None:
    """Writes down every row of a small namespace."""
    await t.call(ns, "query", rank_by=("id", "asc"), limit=100, include_attributes=True)
