"""Compile the contracts of the embedded chain again, after a change of their sources; commit the result.

Their compiler is needed for nothing else, so it lives in an environment of its own:

    python -m venv ENV && ENV/bin/pip install vyper==0.4.3
    ENV/bin/python tests/services/compile_contracts.py

The result holds the digest of each source; a test compares them, so that code and source cannot drift apart.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

DEVNET = Path(__file__).resolve().parents[2] / "publisher" / "devnet"
EVM = "prague"


def vyper(*arguments: str) -> str:
    """What the compiler of this environment prints."""
    command = [str(Path(sys.executable).parent / "vyper"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout.strip()


def compiled(source: Path) -> dict[str, Any]:
    """One contract: its interface, the code that runs, and what it was made from."""
    abi, runtime = vyper("--evm-version", EVM, "-f", "abi,bytecode_runtime", str(source)).splitlines()
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    return {"source_sha256": digest, "runtime": runtime, "abi": json.loads(abi)}


def main() -> None:
    sources = sorted((DEVNET / "contracts").glob("*.vy"))
    contracts = {source.stem: compiled(source) for source in sources}
    made = {"compiler": f"vyper {vyper('--version')}", "evm": EVM, "contracts": contracts}
    lines = [f'"{key}": {json.dumps(made[key])}' for key in ("compiler", "evm")]
    inner = ",\n".join(f'  "{name}": {json.dumps(contract)}' for name, contract in contracts.items())
    text = "{\n" + ",\n".join([*lines, f'"contracts": {{\n{inner}\n}}']) + "\n}\n"
    (DEVNET / "contracts.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
