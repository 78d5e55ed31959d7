"""The vectors of IPIP-499: content drawn from a ChaCha20 stream whose key is the hash of a seed."""

from collections.abc import Iterator
from hashlib import sha256

import pytest
from Crypto.Cipher import ChaCha20

from publisher.dag.node import node
from publisher.dag.tree import add_folder
from publisher.dag.unixfs import LEGACY, MODERN, Profile, add_file
from tests.dag.trees import Blocks, discard

_ALPHABET = "abcdefghijklmnopqrstuvwxyz01234567890-_"  # 0 twice: as the vectors were drawn


def stream(seed: str, size: int) -> Iterator[bytes]:
    cipher = ChaCha20.new(key=sha256(seed.encode()).digest(), nonce=bytes(12))
    while size:
        part = min(size, 1 << 20)
        size -= part
        yield cipher.encrypt(bytes(part))


def names(seed: str, count: int, length: int, last: int) -> list[str]:
    drawn = b"".join(stream(seed, (count - 1) * length + last))
    text = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in drawn)
    return [text[n * length : (n + 1) * length] for n in range(count - 1)] + [text[-last:]]


@pytest.mark.parametrize(
    ("profile", "seed", "size", "root"),
    [
        (MODERN, "chunk-v1-seed", 1 << 20, "bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta"),
        (MODERN, "chunk-v1-seed", (1 << 20) + 1, "bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64"),
        (LEGACY, "v0-seed", 44544 << 10, "QmUbBALi174SnogsUzLpYbD4xPiBSFANF4iztWCsHbMKh2"),
        (LEGACY, "v0-seed", 44800 << 10, "QmepeWtdmS1hHXx1oZXsPUv6bMrfRRKfZcoPPU4eEfjnbf"),
    ],
)
def test_a_file_at_and_over_a_limit(profile: Profile, seed: str, size: int, root: str) -> None:
    assert str(add_file(stream(seed, size), profile, discard).cid) == root


@pytest.mark.parametrize(
    ("profile", "root"),
    [
        (MODERN, "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"),
        (LEGACY, "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD"),
    ],
)
def test_a_small_file(profile: Profile, root: str) -> None:
    assert str(add_file([b"hello world"], profile, discard).cid) == root


@pytest.mark.parametrize(
    ("profile", "root"),
    [
        (MODERN, "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"),
        (LEGACY, "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"),
    ],
)
def test_an_empty_folder(profile: Profile, root: str) -> None:
    assert str(add_folder({}, profile, discard).cid) == root


@pytest.mark.parametrize(
    ("profile", "count", "length", "last", "kind", "root"),
    [
        (MODERN, 4766, 11, 21, "folder", "bafybeic3h7rwruealwxkacabdy45jivq2crwz6bufb5ljwupn36gicplx4"),
        (MODERN, 4766, 11, 22, "shard", "bafybeiegvuterwurhdtkikfhbxcldohmxp566vpjdofhzmnhv6o4freidu"),
        (LEGACY, 4096, 30, 30, "folder", "QmX5GtRk3TSSEHtdrykgqm4eqMEn3n2XhfkFAis5fjyZmN"),
        (LEGACY, 4033, 31, 31, "shard", "QmeMiJzmhpJAUgynAcxTQYek5PPKgdv3qEvFsdV3XpVnvP"),
    ],
)
def test_a_folder_at_and_over_the_sharding_limit(
    profile: Profile, count: int, length: int, last: int, kind: str, root: str
) -> None:
    blocks = Blocks()
    file = add_file([b"x"], profile, blocks.emit)
    link = add_folder(dict.fromkeys(names(f"hamt-{profile.name}", count, length, last), file), profile, blocks.emit)
    assert (node(blocks.get, link.cid).kind, str(link.cid)) == (kind, root)


@pytest.mark.parametrize(
    ("extra", "root"),
    [
        (0, "bafybeihmf37wcuvtx4hpu7he5zl5qaf2ineo2lqlfrapokkm5zzw7zyhvm"),
        (1, "bafybeibdsi225ugbkmpbdohnxioyab6jsqrmkts3twhpvfnzp77xtzpyhe"),
    ],
)
def test_a_file_of_1024_chunks_and_of_one_byte_more(extra: int, root: str) -> None:
    assert str(add_file(stream("v1-2025-seed", (1 << 30) + extra), MODERN, discard).cid) == root
