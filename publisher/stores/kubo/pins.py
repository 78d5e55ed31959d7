"""The pins of a Kubo node: which root, under which name. Each is a look in the node's index, never on the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from publisher.dag.cid import Cid
from publisher.stores.kubo.errors import KuboCall, mismatch, refused, unfinished
from publisher.stores.kubo.rpc import Rpc, RpcAnswer
from publisher.stores.pin_references import MARK, mark, mark_name, marked


def pin_of(rpc: Rpc, root: Cid) -> str | None:
    """The name of the root's recursive pin, None when there is none."""
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
    """The roots that are pinned recursively under exactly this name."""
    return frozenset(root for root, called in _listed(rpc, pin_name(name)) if called == pin_name(name))


def claims_of(rpc: Rpc, root: Cid | None = None) -> dict[Cid, frozenset[str]]:
    """Which sites have left a mark on which roots, or on this one."""
    # The node compares names: without the name of a root it looks at every pin that has one.
    of = mark_name(root.to_v1(), "") if root else MARK
    return marked(cid for cid, _ in _listed(rpc, of.rstrip() if root else of))


def others(rpc: Rpc, root: Cid, sites: frozenset[str]) -> frozenset[str]:
    """The sites that use a root, beside these."""
    return claims_of(rpc, root).get(root.to_v1(), frozenset()) - sites


def claim(rpc: Rpc, root: Cid, site: str, label: str) -> bool:
    """Leave a site's mark; whether it was there before."""
    own = mark(root, site)
    if pin_of(rpc, own) is not None:
        return True
    rpc.call("pin/add", str(own), name=pin_name(mark_name(root.to_v1(), label)), recursive="true")
    return False


def disclaim(rpc: Rpc, root: Cid, sites: frozenset[str]) -> None:
    """Take the marks of these sites away."""
    for site in sorted(sites):
        _remove(rpc, mark(root, site))


def let_go(rpc: Rpc, root: Cid, name: str, sites: frozenset[str]) -> bool:
    """Take a recursive pin away, when it has exactly this name and no other site uses it.

    Its blocks stay until the node collects them.
    """
    if pin_of(rpc, root) != pin_name(name) or others(rpc, root, sites):
        return False
    gone = _remove(rpc, root)
    if others(rpc, root, sites):  # who came between the look and the unpinning saw the pin, and counts on it
        rpc.call("pin/add", str(root), name=pin_name(name), recursive="true")
        return False
    return gone


def _remove(rpc: Rpc, root: Cid) -> bool:
    answer = rpc.ask("pin/rm", str(root), recursive="true")
    if answer.refusal:
        if "not pinned" in answer.refusal:  # somebody else was quicker
            return False
        raise refused(answer.refusal, call_info(rpc, "pin/rm"))
    said = field(rpc, "pin/rm", answer, "Pins")
    if not isinstance(said, list) or [cid_of(one) for one in said] != [root]:
        raise mismatch(rpc.call_info.label, root, said)
    return True


def pin_name(name: str) -> str:
    """Kubo takes 255 bytes; a longer name is cut between characters."""
    return name.encode()[:255].decode(errors="ignore")


def field(rpc: Rpc, endpoint: str, answer: RpcAnswer, name: str) -> object:
    """One value of an answer that is one object; an error when it is not there."""
    if len(answer.objects) != 1 or name not in answer.objects[0]:
        raise unfinished(call_info(rpc, endpoint), f"{name} is not in the answer")
    return answer.objects[0][name]


def cid_of(value: object) -> Cid | None:
    """The CID in an answer; None for what is not one. A map with / is how IPLD writes links in JSON."""
    text = value.get("/") if isinstance(value, Mapping) else value
    try:
        return Cid.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


def call_info(rpc: Rpc, endpoint: str) -> KuboCall:
    """The words of an error about this end point."""
    return replace(rpc.call_info, endpoint=endpoint)


def _listed(rpc: Rpc, name: str) -> Iterator[tuple[Cid, str]]:
    """Pins whose name holds `name` somewhere: the node's own filter knows no more. None at all is an empty object."""
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
