"""The reading functions of this folder in one import. Each takes `get` first and verifies no hash itself.

They raise Malformed (a ValueError) for bytes that are not a file system, with its subclasses Unsupported and TooMuch;
PathMissing (a LookupError); and what `get` raises, usually BlockMissing.
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
