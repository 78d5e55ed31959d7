"""Read and change the pins of a Kubo node. No call uses the network behind the node.

The functions raise StoreUnreachable if the node does not answer, StoreRefused if it refuses, and CidMismatch for an
answer about another root.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from publisher.dag.cid import Cid
from publisher.stores.base import StoredPin
from publisher.stores.kubo.errors import KuboCall, mismatch, refused, unfinished
from publisher.stores.kubo.rpc import Rpc, RpcAnswer
from publisher.stores.pin_references import MARK, mark, mark_name, marked

EMPTY = Cid.parse("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")
"""The CID of the empty folder."""


def pin_of(rpc: Rpc, root: Cid) -> str | None:
    """Return the name of the recursive pin of `root`, or None if there is no such pin."""
    answer = rpc.ask("pin/ls", str(root), type="recursive", names="true")
    if answer.refusal:
        if "is not pinned" in answer.refusal:
            return None
        raise refused(answer.refusal, call_info(rpc, "pin/ls"))
    keys = field(rpc, "pin/ls", answer, "Keys")
    if not isinstance(keys, Mapping) or not keys:
        raise unfinished(call_info(rpc, "pin/ls"), "holds no pin")
    for text, pin in keys.items():
        if cid_of(text) != root:
            raise mismatch(rpc.call_info.label, root, text)
        if isinstance(pin, Mapping) and pin.get("Type") == "recursive":
            return str(pin.get("Name", ""))
    return None


def pins_of(rpc: Rpc, name: str) -> frozenset[Cid]:
    """Return the roots that are pinned recursively under exactly this name."""
    return frozenset(root for root, called in _listed(rpc, pin_name(name)) if called == pin_name(name))


def all_pins(rpc: Rpc) -> Iterator[StoredPin]:
    """Yield every recursive pin, except pin references and the empty folder that every node pins."""
    for root, name in _listed(rpc, ""):
        if not name.startswith(MARK) and not (root.same_block(EMPTY) and not name):
            yield StoredPin(root, name)


def claims_of(rpc: Rpc, root: Cid | None = None) -> dict[Cid, frozenset[str]]:
    """Return a map from roots to the ids of the sites that have a pin reference for them.

    With `root`, the map has only this root. The name of a reference contains the root, so the node can filter by it.
    """
    of = mark_name(root.to_v1(), "") if root else MARK
    return marked(cid for cid, _ in _listed(rpc, of.rstrip() if root else of))


def others(rpc: Rpc, root: Cid, sites: frozenset[str]) -> frozenset[str]:
    """Return the ids of the sites outside `sites` that use `root`."""
    return claims_of(rpc, root).get(root.to_v1(), frozenset()) - sites


def claim(rpc: Rpc, root: Cid, site: str, label: str) -> bool:
    """Make the pin reference of `site` for `root`, and return whether it existed before. `label` is the site's name."""
    own = mark(root, site)
    if pin_of(rpc, own) is not None:
        return True
    rpc.call("pin/add", str(own), name=pin_name(mark_name(root.to_v1(), label)), recursive="true")
    return False


def disclaim(rpc: Rpc, root: Cid, sites: frozenset[str]) -> None:
    """Remove the pin references of `sites` for `root`."""
    for site in sorted(sites):
        _remove(rpc, mark(root, site))


def let_go(rpc: Rpc, root: Cid, name: str, sites: frozenset[str]) -> bool:
    """Remove the recursive pin of `root` if it has exactly this name and no site outside `sites` uses the root.

    Return whether it was removed. The blocks stay until the node collects garbage.
    """
    if pin_of(rpc, root) != pin_name(name) or others(rpc, root, sites):
        return False
    gone = _remove(rpc, root)
    if others(rpc, root, sites):  # Meanwhile another site has made a reference, and relies on the pin.
        rpc.call("pin/add", str(root), name=pin_name(name), recursive="true")
        return False
    return gone


def _remove(rpc: Rpc, root: Cid) -> bool:
    answer = rpc.ask("pin/rm", str(root), recursive="true")
    if answer.refusal:
        if "not pinned" in answer.refusal:  # Another run has removed the pin meanwhile.
            return False
        raise refused(answer.refusal, call_info(rpc, "pin/rm"))
    said = field(rpc, "pin/rm", answer, "Pins")
    if not isinstance(said, list) or [cid_of(one) for one in said] != [root]:
        raise mismatch(rpc.call_info.label, root, said)
    return True


def pin_name(name: str) -> str:
    """Return a name cut to at most 255 bytes, the limit of Kubo. No character is split."""
    return name.encode()[:255].decode(errors="ignore")


def field(rpc: Rpc, endpoint: str, answer: RpcAnswer, name: str) -> object:
    """Return the value `name` of an answer that is one object. Raises StoreError if the value is missing."""
    if len(answer.objects) != 1 or name not in answer.objects[0]:
        raise unfinished(call_info(rpc, endpoint), f"lacks {name}")
    return answer.objects[0][name]


def cid_of(value: object) -> Cid | None:
    """Return the CID in a value of an answer, or None if it is not a CID.

    In the JSON of IPLD, a link is a map with the key `/`.
    """
    text = value.get("/") if isinstance(value, Mapping) else value
    try:
        return Cid.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


def call_info(rpc: Rpc, endpoint: str) -> KuboCall:
    """Return the data of a call of `endpoint` for an error message."""
    return replace(rpc.call_info, endpoint=endpoint)


def _listed(rpc: Rpc, name: str) -> Iterator[tuple[Cid, str]]:
    """Yield the recursive pins whose name contains `name`, each with its name. The node cannot filter more exactly.

    If there is no pin, the node answers with an empty object.
    """
    said = rpc.call("pin/ls", type="recursive", names="true", name=name)
    keys = said[0].get("Keys", {}) if len(said) == 1 else None
    if not isinstance(keys, Mapping):
        raise unfinished(call_info(rpc, "pin/ls"), "lacks the pins")
    for text, pin in keys.items():
        root = cid_of(text)
        if root is None or not isinstance(pin, Mapping):
            raise unfinished(call_info(rpc, "pin/ls"), "lists something that is not a pin")
        if pin.get("Type") == "recursive":
            yield root, str(pin.get("Name", ""))
