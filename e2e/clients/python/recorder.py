"""Drives one client through a scenario and writes down everything the client saw."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic import BaseModel as PydanticModel
from turbopuffer import APIError, BaseModel, TurbopufferError

import masks
from environment import Admin

_HEADERS = ("content-type", "content-encoding", "retry-after", "preference-applied", "location", "allow")
_UPSTREAM_HEADERS = ("Prefer", "Content-Type", "Content-Encoding", "Accept-Encoding", "User-Agent", "X-E2e")


class Recorder:
    """The transcript of one scenario against one server. Works on both clients: a result is awaited if it must be."""

    def __init__(self, client: Any, prefix: str, admin: Admin) -> None:
        self.client = client
        self.admin = admin
        self.transcript: list[Any] = []
        self.called: set[str] = set()
        self._prefix = prefix

    def name(self, suffix: str) -> str:
        """A namespace name that no other scenario uses; the same on every server."""
        return f"{self._prefix}-{suffix}"

    def namespace(self, suffix: str = "a", client: Any = None) -> Any:
        client = client or self.client
        self.called.add(method_name(client, "namespace"))
        return client.namespace(self.name(suffix))

    async def call(self, target: Any, method: str, *args: Any, unordered: tuple[str, ...] = (), **kwargs: Any) -> Any:
        """A call that must succeed. The members named in unordered hold sets."""
        result = await self._run(target, method, *args, **kwargs)
        shown = dump(result)
        for key in unordered:
            shown[key].sort()
        self.transcript.append({"call": method_name(target, method), "result": shown})
        return result

    async def refused(self, target: Any, method: str, *args: Any, status: int | None = None, **kwargs: Any) -> APIError:
        """A call that must end in an API error; with status, in that one."""
        try:
            result = await self._run(target, method, *args, **kwargs)
        except TurbopufferError as error:
            assert status in (None, getattr(error, "status_code", None)), f"{error!r} instead of a {status}"
            self.transcript.append({"call": method_name(target, method), "error": dump_error(error)})
            return error
        raise AssertionError(f"{method}{args}{kwargs} was not refused: {result!r}")

    async def attempt(self, target: Any, method: str, *args: Any, **kwargs: Any) -> None:
        """A call that a store may or may not support: either outcome is written down."""
        try:
            entry = {"result": dump(await self._run(target, method, *args, **kwargs))}
        except TurbopufferError as error:
            entry = {"error": dump_error(error)}
        self.transcript.append({"call": method_name(target, method), **entry})

    async def stream(self, target: Any, method: str, *args: Any, read: str = "read", **kwargs: Any) -> None:
        """A call through with_streaming_response whose body is consumed by the named method."""
        manager = getattr(target, method)(*args, **kwargs)
        self.called.add(method_name(target, method))
        asynchronous = hasattr(manager, "__aenter__")
        response = await manager.__aenter__() if asynchronous else manager.__enter__()
        try:
            shown = dump_response(response)
            shown[read] = masks.text(await self._body(response, read))
            self.transcript.append({"call": method_name(target, method), "streamed": shown})
        finally:
            await settle(manager.__aexit__(None, None, None) if asynchronous else manager.__exit__(None, None, None))

    async def call_quietly(self, target: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        """A call whose result the scenario writes down itself, if at all."""
        return await self._run(target, method, *args, **kwargs)

    async def drain(self, iterable: Any) -> list[Any]:
        """The items of a synchronous or asynchronous iterable."""
        if hasattr(iterable, "__aiter__"):
            return [item async for item in iterable]
        return list(iterable)

    def note(self, label: str, value: Any) -> None:
        self.transcript.append({label: dump(value)})

    def upstream(self) -> None:
        """Writes down what the store received since the scenario began, in the order of arrival."""
        for seen in self.admin.requests():
            if self._prefix in seen["url"]:
                headers = {k: v for k, v in seen["header"].items() if k in _UPSTREAM_HEADERS}
                self.transcript.append(
                    {
                        "store received": [
                            seen["method"],
                            masks.text(seen["url"]),
                            seen["body"],
                            seen["body_len"],
                            headers,
                        ]
                    }
                )

    async def _run(self, target: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        self.called.add(method_name(target, method))
        return await settle(getattr(target, method)(*args, **kwargs))

    async def _body(self, response: Any, read: str) -> str:
        self.called.add(method_name(response, read))
        result = getattr(response, read)()
        if read.startswith("iter_"):
            parts = await self.drain(result)
            return "".join(p.decode() if isinstance(p, bytes) else p for p in parts)
        result = await settle(result)
        return result.decode() if isinstance(result, bytes) else str(result)


async def settle(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


def method_name(target: Any, method: str) -> str:
    """The name under which a method is counted as covered: one for the synchronous and the asynchronous client."""
    if method in ("to_dict", "to_json") and isinstance(target, BaseModel):
        return f"BaseModel.{method}"
    owner = type(target).__name__.split("[")[0].removeprefix("Async").removeprefix("Sync")
    return f"{owner}.{method}"


def dump(value: Any) -> Any:
    """A JSON-able picture of what a call returned."""
    if isinstance(value, PydanticModel):
        fields = value.model_dump(by_alias=True, exclude_unset=True, warnings=False)
        return masks.tree(fields)
    if isinstance(value, dict):
        return masks.tree({k: dump(v) for k, v in value.items()})
    if isinstance(value, (list, tuple)):
        return [dump(v) for v in value]
    if hasattr(value, "http_request"):
        return dump_response(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return masks.tree(value)
    return type(value).__name__


def dump_response(response: Any) -> dict[str, Any]:
    return {
        "status": response.status_code,
        "method": response.method,
        "path": masks.text(response.url.raw_path.decode()),
        "headers": watched(response.headers),
    }


def dump_error(error: TurbopufferError) -> dict[str, Any]:
    response = getattr(error, "response", None)
    return {
        "type": type(error).__name__,
        "text": masks.text(str(error)),
        "status": getattr(error, "status_code", None),
        "body": masks.tree(getattr(error, "body", None)),
        "headers": watched(response.headers) if response is not None else None,
    }


def watched(headers: Any) -> dict[str, str]:
    return {name: masks.text(headers[name]) for name in _HEADERS if name in headers}
