"""Collect the usual functions of `publisher.dag` that read blocks, so that most packages need one import.

Each function takes `get` first. The functions do not hash blocks, because the `get` of a store or gateway does. They
raise Malformed (a ValueError) or its subclasses Unsupported and TooMuch if a block is malformed. They raise PathMissing
(a LookupError) if a path does not exist. Exceptions of `get`, usually BlockMissing, pass through.
"""

from publisher.dag.blocks import Measure, difference, measure, reachable
from publisher.dag.changes import Changes, Pair, changed, pairs
from publisher.dag.dag_pb import Malformed, TooMuch, Unsupported
from publisher.dag.limits import LIMITS, ReadLimits
from publisher.dag.node import Node, node
from publisher.dag.paths import PathMissing, cat, entries, files, resolve

__all__ = [
    "LIMITS",
    "Changes",
    "Malformed",
    "Measure",
    "Node",
    "Pair",
    "PathMissing",
    "ReadLimits",
    "TooMuch",
    "Unsupported",
    "cat",
    "changed",
    "difference",
    "entries",
    "files",
    "measure",
    "node",
    "pairs",
    "reachable",
    "resolve",
]
