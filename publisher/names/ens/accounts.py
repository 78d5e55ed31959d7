"""Find out whether an address is an account with a key, a contract, or a Safe, and who acts for a Safe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from publisher.fast_dataclass import dataclass
from publisher.names.ens import abi, rpc
from publisher.names.ens.rpc import Chain

OWNERS = bytes.fromhex("a0e67e2b")  # getOwners()
THRESHOLD = bytes.fromhex("e75235b8")  # getThreshold()
DELEGATED = bytes.fromhex("ef0100")
"""An account with a key may run the code of a contract (EIP-7702). Then its own code begins with these bytes."""


@dataclass(frozen=True, slots=True)
class Account:
    """An address, and how it acts. An account that is no contract acts with a key."""

    address: str
    contract: bool = False
    owners: tuple[str, ...] = ()
    """The addresses of the owners of a Safe, or () for another account."""
    threshold: int = 0
    """The number of owners of a Safe that have to sign, or 0 for another account."""

    @property
    def text(self) -> str:
        """The kind of contract as text, or "" for an account with a key."""
        if self.owners:
            return f"a Safe that needs {self.threshold} of its {len(self.owners)} owners: {', '.join(self.owners)}"
        return "a contract" if self.contract else ""


def accounts(chain: Chain, addresses: Iterable[str]) -> Mapping[str, Account]:
    """Return the accounts at `addresses`, by address. It takes one round trip.

    A contract counts as a Safe if it names its owners and a threshold. Raises RpcError if no end point answers.
    """
    wanted = [*dict.fromkeys(filter(None, addresses))]
    queries = {each: (rpc.code(each), rpc.call(each, OWNERS), rpc.call(each, THRESHOLD)) for each in wanted}
    if not queries:
        return {}
    answers = chain.batch(*(query for three in queries.values() for query in three))
    found = {}
    for address, (code, owners, threshold) in queries.items():
        has_code = bool(answers[code]) and not answers[code].startswith(DELEGATED)
        names = answers.perhaps(owners, abi.read_addresses) if has_code else None
        least = answers.perhaps(threshold, abi.read_word) if has_code else None
        safe = bool(names and least and least <= len(names))
        found[address] = Account(address, has_code, names or () if safe else (), least or 0 if safe else 0)
    return found
