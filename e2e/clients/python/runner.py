"""Runs one scenario against one server and returns its transcript."""

from __future__ import annotations

import asyncio
from typing import Any

from environment import Environment, Transport
from flavours import SYNC, Flavour
from recorder import Recorder, settle
from registry import Scenario


def transcript_of(
    env: Environment, transport: Transport, flavour: Flavour, scenario: Scenario, prefix: str
) -> list[Any]:
    """The namespaces are deleted through the same server, so that each server starts from, and leaves, nothing."""
    env.admin.clear()
    try:
        return asyncio.run(_play(env, transport, flavour, scenario, prefix))
    finally:
        env.admin.clear()
        env.admin.config(async_write=False)
        _delete_namespaces(env, transport, prefix)


async def _play(env: Environment, transport: Transport, flavour: Flavour, scenario: Scenario, prefix: str) -> list[Any]:
    client = flavour.client(transport.base_url, env.api_key)
    recorder = Recorder(client, prefix, env.admin)
    try:
        await scenario.body(recorder)
    finally:
        await settle(client.close())
    missing = scenario.covers - recorder.called
    assert not missing, f"scenario {scenario.name} says that it covers {sorted(missing)}, but did not call it"
    return recorder.transcript


def _delete_namespaces(env: Environment, transport: Transport, prefix: str) -> None:
    with SYNC.client(transport.base_url, env.api_key) as client:
        for namespace in list(client.namespaces(prefix=prefix)):
            client.namespace(namespace.id).delete_all()
