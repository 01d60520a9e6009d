"""Importing this package fills registry.SCENARIOS."""

from scenarios import (  # noqa: F401
    bodies,
    calls,
    copies,
    errors,
    faults,
    filters,
    identifiers,
    listing,
    operations,
    queries,
    rankings,
    responses,
    settings,
    vectors,
    writes,
)
