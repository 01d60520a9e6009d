"""The list of scenarios. A scenario is a coroutine over a Recorder and says which client methods it proves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from recorder import Recorder

Body = Callable[[Recorder], Awaitable[None]]


@dataclass(frozen=True)
class Scenario:
    """One scenario: its name, its body, and the methods it must have called by its end."""

    name: str
    body: Body
    covers: frozenset[str]


SCENARIOS: dict[str, Scenario] = {}


def scenario(*covers: str) -> Callable[[Body], Body]:
    def register(body: Body) -> Body:
        name = body.__name__
        if name in SCENARIOS:
            raise ValueError(f"two scenarios are called {name}")
        SCENARIOS[name] = Scenario(name, body, frozenset(covers))
        return body

    return register
