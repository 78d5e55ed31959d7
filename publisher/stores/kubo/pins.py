"""The pins of a Kubo node: their roots and names. Each call reads the node's index and never the network.

The functions raise StoreUnreachable, StoreRefused, and CidMismatch for an answer about another root.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from publisher.dag.cid import Cid
from publisher.stores.kubo.errors import KuboCall, mismatch, refused, unfinished
from publisher.stores.kubo.rpc import Rpc, RpcAnswer
from publisher.stores.pin_references import MARK, mark, mark_name, marked


def pin_of(rpc: Rpc, root: Cid) -> str | None:
    """Return the name of the root's recursive pin, or None if there is none."""
    answer = rpc.ask("pin/ls", str(root), type="recursive", names="true")
    if answer.refusal:
        if "is not pinned" in answer.refusal:
            return None
        raise refused(answer.refusal, call_info(rpc, "pin/ls"))
    keys = field(rpc, "pin/ls", answer, "Keys")
    if not isinstance(keys, Mapping) or not keys:
        raise unfinished(call_info(rpc, "pin/ls"), "no pin is in the answer")
    for text, pin in keys.items():
        if cid_of(text) != root:
            raise mismatch(rpc.call_info.label, root, text)
        if isinstance(pin, Mapping) and pin.get("Type") == "recursive":
            return str(pin.get("Name", ""))
    return None


def pins_of(rpc: Rpc, name: str) -> frozenset[Cid]:
    """Return the roots that are pinned recursively under exactly this name."""
    return frozenset(root for root, called in _listed(rpc, pin_name(name)) if called == pin_name(name))


def claims_of(rpc: Rpc, root: Cid | None = None) -> dict[Cid, frozenset[str]]:
    """Map roots, or only `root`, to the sites that have a mark for them."""
    # The node compares names. Without the name of a root, it looks at every pin that has a name.
    of = mark_name(root.to_v1(), "") if root else MARK
    return marked(cid for cid, _ in _listed(rpc, of.rstrip() if root else of))


def others(rpc: Rpc, root: Cid, sites: frozenset[str]) -> frozenset[str]:
    """Return the other sites that use a root."""
    return claims_of(rpc, root).get(root.to_v1(), frozenset()) - sites


def claim(rpc: Rpc, root: Cid, site: str, label: str) -> bool:
    """Leave a site's mark and return whether it was there before."""
    own = mark(root, site)
    if pin_of(rpc, own) is not None:
        return True
    rpc.call("pin/add", str(own), name=pin_name(mark_name(root.to_v1(), label)), recursive="true")
    return False


def disclaim(rpc: Rpc, root: Cid, sites: frozenset[str]) -> None:
    """Remove the marks of these sites."""
    for site in sorted(sites):
        _remove(rpc, mark(root, site))


def let_go(rpc: Rpc, root: Cid, name: str, sites: frozenset[str]) -> bool:
    """Remove a recursive pin if it has exactly this name and no other site uses it. Returns whether it was removed.

    Its blocks stay until the node collects garbage.
    """
    if pin_of(rpc, root) != pin_name(name) or others(rpc, root, sites):
        return False
    gone = _remove(rpc, root)
    if others(rpc, root, sites):  # another site came between the look and the unpin, and counts on the pin
        rpc.call("pin/add", str(root), name=pin_name(name), recursive="true")
        return False
    return gone


def _remove(rpc: Rpc, root: Cid) -> bool:
    answer = rpc.ask("pin/rm", str(root), recursive="true")
    if answer.refusal:
        if "not pinned" in answer.refusal:  # another run was quicker
            return False
        raise refused(answer.refusal, call_info(rpc, "pin/rm"))
    said = field(rpc, "pin/rm", answer, "Pins")
    if not isinstance(said, list) or [cid_of(one) for one in said] != [root]:
        raise mismatch(rpc.call_info.label, root, said)
    return True


def pin_name(name: str) -> str:
    """Cut a name to the 255 bytes that Kubo takes, between characters."""
    return name.encode()[:255].decode(errors="ignore")


def field(rpc: Rpc, endpoint: str, answer: RpcAnswer, name: str) -> object:
    """Return one value of an answer that is one object. Raises StoreError if it is missing."""
    if len(answer.objects) != 1 or name not in answer.objects[0]:
        raise unfinished(call_info(rpc, endpoint), f"{name} is not in the answer")
    return answer.objects[0][name]


def cid_of(value: object) -> Cid | None:
    """Return the CID in an answer, or None. IPLD writes a link in JSON as a map with the key `/`."""
    text = value.get("/") if isinstance(value, Mapping) else value
    try:
        return Cid.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


def call_info(rpc: Rpc, endpoint: str) -> KuboCall:
    """Return the call of this end point, for an error message."""
    return replace(rpc.call_info, endpoint=endpoint)


def _listed(rpc: Rpc, name: str) -> Iterator[tuple[Cid, str]]:
    """Yield the pins whose name contains `name`: the node's filter can do no more. No pin at all is an empty object."""
    said = rpc.call("pin/ls", type="recursive", names="true", name=name)
    keys = said[0].get("Keys", {}) if len(said) == 1 else None
    if not isinstance(keys, Mapping):
        raise unfinished(call_info(rpc, "pin/ls"), "the pins are not in the answer")
    for text, pin in keys.items():
        root = cid_of(text)
        if root is None or not isinstance(pin, Mapping):
            raise unfinished(call_info(rpc, "pin/ls"), "what it lists are no pins")
        if pin.get("Type") == "recursive":
            yield root, str(pin.get("Name", ""))
