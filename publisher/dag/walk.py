"""The reading side of the room, as one import: every function takes `get` first and verifies nothing itself.

Errors: Malformed (a ValueError) for bytes that are no file system, Unsupported and TooMuch among them; PathMissing (a
LookupError); whatever `get` raises, BlockMissing above all.
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
