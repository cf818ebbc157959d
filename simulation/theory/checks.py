"""What closed forms ask of their numbers."""

from __future__ import annotations

import math


def check_positive(**numbers: float) -> None:
    """Refuse numbers that are not finite and above 0."""
    for name, value in numbers.items():
        if not (math.isfinite(value) and value > 0):
            msg = f"{name} is {value:g}; it must be finite and above 0."
            raise ValueError(msg)


def check_not_negative(**numbers: float) -> None:
    """Refuse numbers that are not finite or below 0."""
    for name, value in numbers.items():
        if not (math.isfinite(value) and value >= 0):
            msg = f"{name} is {value:g}; it must be finite and cannot be negative."
            raise ValueError(msg)


def check_servers(servers: int) -> None:
    """Refuse less than one server."""
    if servers < 1:
        msg = f"servers is {servers}; at least one is needed."
        raise ValueError(msg)


def check_stable(offered_load: float, servers: int) -> None:
    """Refuse a load under which the queue grows without limit."""
    check_servers(servers)
    if offered_load >= servers:
        only = f"are only {servers} servers" if servers > 1 else "is only 1 server"
        msg = (
            f"offered load is {offered_load:g} but there {only}: the queue grows without limit. "
            f"Use at least {math.floor(offered_load) + 1} servers, or simulate a finite horizon "
            "instead of asking for a steady state."
        )
        raise ValueError(msg)
