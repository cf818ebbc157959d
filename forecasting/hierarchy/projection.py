"""Least-squares projection of forecasts onto numbers that add up, also without negative ones.

Forecasts ``y`` of all nodes are moved as little as possible, ``min (x - y)' W^-1 (x - y)``, so that
every node is the sum of its children (Wickramasuriya, Athanasopoulos and Hyndman 2019, JASA 114).
With independent errors (diagonal ``W``) the solution on a tree is two sweeps: up, where a node's
own forecast and the sum of its children are weighted by their precisions, and down, where what a
node gained is shared among its children by their variances. It costs one pass over the nodes, for
all samples at once, however many districts there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from forecasting.flows import FlowError

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecasting.hierarchy.tree import Hierarchy

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int64]

BLOCK: Final = 64
"""Sample-periods projected at a time, so that the working arrays stay in the cache."""
PIVOTS: Final = 10
"""Rounds without fewer wrong signs after which single signs are changed (Portugal et al. 1994)."""
MOST_ROUNDS: Final = 2000


def project(forecasts: Array, variances: Array, tree: Hierarchy) -> Array:
    """Project onto coherent numbers, some of which may be negative.

    Parameters
    ----------
    forecasts : numpy.ndarray, (row, node), persons
    variances : numpy.ndarray, (node,) or (row, node)
        Error variances, above zero; only their ratios matter.
    tree : Hierarchy

    Returns
    -------
    numpy.ndarray, (row, bottom), persons
        Bottom nodes of the projection.

    """
    return _in_blocks(forecasts, variances, tree, _free)


def project_non_negative(forecasts: Array, variances: Array, tree: Hierarchy) -> Array:
    """Project onto coherent numbers of which none is negative.

    The quadratic program of Wickramasuriya, Turlach and Hyndman (2020, Statistics and Computing
    30) by block principal pivoting: bottom nodes that would be negative are held at zero, those
    that would gain from being released are released, until neither is left.

    Parameters
    ----------
    forecasts : numpy.ndarray, (row, node), persons
    variances : numpy.ndarray, (node,) or (row, node)
        Error variances, above zero; only their ratios matter.
    tree : Hierarchy

    Returns
    -------
    numpy.ndarray, (row, bottom), persons
        Bottom nodes, none negative; their sums are the other nodes.

    """
    return _in_blocks(forecasts, variances, tree, _pivot)


def _in_blocks(
    forecasts: Array,
    variances: Array,
    tree: Hierarchy,
    solve: Callable[[Array, Array, _Families], Array],
) -> Array:
    """Solve block by block in (node, row) layout with the children of a node side by side."""
    families = _Families.of(tree)
    spread = np.broadcast_to(variances, forecasts.shape)
    result = np.empty((len(forecasts), len(tree.bottom)))
    for start in range(0, len(forecasts), BLOCK):
        rows = slice(start, start + BLOCK)
        own = np.ascontiguousarray(forecasts[rows].T[families.order])
        wide = np.ascontiguousarray(spread[rows].T[families.order])
        result[rows] = solve(own, wide, families)[families.bottom].T
    return result


@dataclass(frozen=True)
class _Generation:
    """All nodes that stand one step below the same depth, and their parents."""

    parents: Index
    children: slice
    starts: Index
    owner: Index


@dataclass(frozen=True)
class _Families:
    """Nodes reordered so that the children of every node stand side by side."""

    order: Index
    generations: tuple[_Generation, ...]
    leaf: Flags
    bottom: Index

    @classmethod
    def of(cls, tree: Hierarchy) -> _Families:
        order, parents, generations = [0], [0], []
        while parents:
            inner = [place for place in parents if order[place] in tree.children_positions]
            first = len(order)
            sizes = []
            for place in inner:
                children = tree.children_positions[order[place]]
                order.extend(map(int, children))
                sizes.append(len(children))
            parents = list(range(first, len(order)))
            if inner:
                starts = np.cumsum([0, *sizes[:-1]])
                owner = np.repeat(np.array(inner), sizes)
                whole = slice(first, len(order))
                generations.append(_Generation(np.array(inner), whole, starts, owner))
        leaf = np.ones(len(order), dtype=bool)
        for generation in generations:
            leaf[generation.parents] = False
        places = np.argsort(order)
        return cls(np.array(order), tuple(generations), leaf, places[tree.bottom_positions])


def _free(forecasts: Array, variances: Array, families: _Families) -> Array:
    mean, _ = _two_sweeps(forecasts, variances, families, np.zeros(forecasts.shape, dtype=bool))
    return mean


def _pivot(forecasts: Array, variances: Array, families: _Families) -> Array:
    """Block principal pivoting of all columns (node, row); only the leaves are results."""
    slack = 1e-9 * np.abs(forecasts).max(axis=0, initial=1.0)
    steep = slack / variances.min(axis=0)
    leaf = families.leaf[:, np.newaxis]
    fixed = np.zeros(forecasts.shape, dtype=bool)
    result = np.zeros(forecasts.shape)
    rows = np.arange(forecasts.shape[1])
    fewest = np.full(len(rows), len(leaf) + 1)
    patience = np.full(len(rows), PIVOTS)
    for _ in range(MOST_ROUNDS):
        own, wide, held = forecasts[:, rows], variances[:, rows], fixed[:, rows]
        mean, pull = _two_sweeps(own, wide, families, held)
        wrong = leaf & np.where(held, pull > steep[rows], mean < -slack[rows])
        count = wrong.sum(axis=0)
        done = count == 0
        result[:, rows[done]] = np.where(held, 0.0, np.maximum(mean, 0.0))[:, done]
        if done.all():
            break
        rows, wrong, count = rows[~done], wrong[:, ~done], count[~done]
        better = count < fewest[rows]
        fewest[rows] = np.where(better, count, fewest[rows])
        patience[rows] = np.where(better, PIVOTS, patience[rows] - 1)
        single = np.zeros_like(wrong)
        single[len(leaf) - 1 - np.argmax(wrong[::-1], axis=0), np.arange(len(rows))] = True
        fixed[:, rows] ^= np.where(patience[rows] < 0, single, wrong)
    else:
        msg = f"no projection without negative counts found in {MOST_ROUNDS} rounds."
        raise FlowError(msg)
    return result


def _two_sweeps(
    forecasts: Array, variances: Array, families: _Families, fixed: Flags
) -> tuple[Array, Array]:
    """All nodes (node, row) of the projection, and how hard the forecasts pull them up.

    Leaves that are ``fixed`` stay zero. The pull is minus the slope of the sum of squares:
    zero where a leaf is free, above zero where a fixed one would gain from being released.
    """
    mean = np.where(fixed, 0.0, forecasts)
    spread = np.where(fixed, 0.0, variances)
    sums = []
    for each in reversed(families.generations):
        total = np.add.reduceat(mean[each.children], each.starts, axis=0)
        width = np.add.reduceat(spread[each.children], each.starts, axis=0)
        own = variances[each.parents]
        mean[each.parents] = (total * own + forecasts[each.parents] * width) / (own + width)
        spread[each.parents] = own * width / (own + width)
        sums.append((total, np.where(width > 0.0, width, 1.0)))
    gained = np.zeros_like(mean)
    for each, (total, width) in zip(families.generations, reversed(sums), strict=True):
        gained[each.parents] = (mean[each.parents] - total) / width
        mean[each.children] += spread[each.children] * gained[each.owner]
    pull = (forecasts - mean) / variances
    for each in families.generations:
        pull[each.children] += pull[each.owner]
    return mean, pull
