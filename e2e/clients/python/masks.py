"""What may differ between two runs of the same calls, and nothing else: timings, times of day, operation tokens."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

_TIMES = {"created_at", "updated_at", "last_write_at", "start_time", "finish_time"}

_IN_TEXT = [
    (re.compile(r'("\w+_ms": ?)[0-9.eE+-]+'), r"\1<ms>"),
    (re.compile(rf'("(?:{"|".join(_TIMES)})": ?)"[^"]*"'), r'\1"<time>"'),
    (re.compile(r'("token": ?)"[^"]*"'), r'\1"<token>"'),
    (re.compile(r"(/operations/)[^/?\"' ]+"), r"\1<token>"),
]


def text(value: str) -> str:
    """Masks raw text, so that every other byte of a body stays under comparison."""
    for pattern, replacement in _IN_TEXT:
        value = pattern.sub(replacement, value)
    return value


def tree(value: Any, key: str = "") -> Any:
    """Masks parsed values by the name of the member they are in."""
    if isinstance(value, dict):
        return {k: tree(v, k) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [tree(v) for v in value]
    if key.endswith("_ms") and isinstance(value, (int, float)):
        return "<ms>"
    if key in _TIMES and value is not None:
        return "<time>"
    if key == "token":
        return "<token>"
    if isinstance(value, date):
        return f"{type(value).__name__} {value.isoformat()}"
    return text(value) if isinstance(value, str) else value


def lines(transcript: Any) -> list[str]:
    """One line for each value: JSON text tells 1 from 1.0 and from true, which Python's == does not."""
    return json.dumps(transcript, indent=1, ensure_ascii=False).splitlines()
