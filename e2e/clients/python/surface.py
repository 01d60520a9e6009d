"""The public methods of the installed client, by reflection: a method added by a new version shows up by itself."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import pydantic
import turbopuffer
from turbopuffer import AsyncTurbopuffer, Turbopuffer
from turbopuffer._response import APIResponse, AsyncAPIResponse
from turbopuffer.pagination import AsyncNamespacePage, SyncNamespacePage

from recorder import method_name


def public_methods(client_class: type) -> set[str]:
    """Every public method reachable from a client of that class, named as Recorder names calls."""
    asynchronous = client_class is AsyncTurbopuffer
    client = client_class(api_key="surface", base_url="http://127.0.0.1:1")
    page = AsyncNamespacePage if asynchronous else SyncNamespacePage
    response = AsyncAPIResponse if asynchronous else APIResponse
    return {
        *_of_object(client),
        *_of_object(client.namespace("surface")),
        *(name for view in _views(client) for name in _of_object(view)),
        *_of_class(page, without=turbopuffer.BaseModel),
        *_of_class(response),
        *_of_class(turbopuffer.BaseModel, without=pydantic.BaseModel),
    }


def _views(client: Any) -> list[Any]:
    raw, streaming = client.with_raw_response, client.with_streaming_response
    return [raw, streaming, raw.namespace("surface"), streaming.namespace("surface")]


def _of_object(target: Any) -> set[str]:
    return {method_name(target, n) for n in dir(target) if not n.startswith("_") and _is_method(target, n)}


def _is_method(target: Any, name: str) -> bool:
    """Looks without evaluating: a property is no method, and some of them raise on the raw views."""
    found = inspect.getattr_static(target, name)
    return inspect.isroutine(found) and not isinstance(found, functools.cached_property)


def _of_class(owner: type, without: type = object) -> set[str]:
    inherited = set(dir(without))
    names = {n for n in dir(owner) if not n.startswith("_") and n not in inherited}
    owner_name = owner.__name__.removeprefix("Async").removeprefix("Sync")
    return {f"{owner_name}.{n}" for n in names if inspect.isfunction(inspect.getattr_static(owner, n))}


CLIENT_CLASSES = (Turbopuffer, AsyncTurbopuffer)
