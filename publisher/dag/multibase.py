"""Encode bytes as text, and decode them: base32 (RFC 4648, without padding), base36 and base58 (Bitcoin alphabet).

The functions take and return digits without the prefix of the base: https://github.com/multiformats/multibase
"""

import base64

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def decode32(text: str, *, upper: bool = False) -> bytes:
    """Decode base32 digits in lower case, or in upper case if `upper` is set.

    Raises ValueError if no encoder would write `text`.
    """
    digits = text if upper else text.upper()
    if text != (text.upper() if upper else text.lower()) or not text.isascii() or "=" in text:
        raise ValueError("not base32")
    try:
        raw = base64.b32decode(digits + "=" * (-len(digits) % 8))
    except ValueError:
        raise ValueError("not base32") from None
    if base64.b32encode(raw).decode().rstrip("=") != digits:  # leftover bits would give one CID two texts
        raise ValueError("not base32: its last digit has bits that belong to no byte")
    return raw


def encode36(raw: bytes) -> str:
    """Encode bytes as base36. Each leading zero byte becomes a digit 0."""
    return _encode(raw, _BASE36)


def decode36(text: str) -> bytes:
    """Decode lower-case base36 digits. Raises ValueError if a character is not a digit."""
    return _decode(text, _BASE36)


def encode58(raw: bytes) -> str:
    """Encode bytes as base58. Each leading zero byte becomes a digit 1, which has the value 0."""
    return _encode(raw, _BASE58)


def decode58(text: str) -> bytes:
    """Decode base58 digits. Raises ValueError if a character is not a digit."""
    return _decode(text, _BASE58)


def _encode(raw: bytes, alphabet: str) -> str:
    number, digits = int.from_bytes(raw), []
    while number:
        number, digit = divmod(number, len(alphabet))
        digits.append(alphabet[digit])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return alphabet[0] * zeros + "".join(reversed(digits))


def _decode(text: str, alphabet: str) -> bytes:
    number = 0
    for char in text:
        digit = alphabet.find(char)
        if digit < 0:
            raise ValueError(f"{char!r} is not a base{len(alphabet)} digit")
        number = number * len(alphabet) + digit
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
