"""Encode and decode unsigned LEB128 numbers, as in multiformats and protobuf. A byte has seven bits, the lowest first.

Format: https://github.com/multiformats/unsigned-varint
"""

_ONE = [bytes([n]) for n in range(128)]


def encode(number: int) -> bytes:
    """Return the number in as few bytes as possible."""
    if number < 128:
        return _ONE[number]
    if number < 1 << 14:
        return b"%c%c" % (number & 127 | 128, number >> 7)
    if number < 1 << 21:  # the sizes of most pages are in this range
        return b"%c%c%c" % (number & 127 | 128, number >> 7 & 127 | 128, number >> 14)
    return b"%c%c%b" % (number & 127 | 128, number >> 7 & 127 | 128, encode(number >> 14))


def length(number: int) -> int:
    """Return the number of bytes that `encode` returns."""
    return (number.bit_length() + 6) // 7 or 1


def decode(data: bytes, at: int = 0) -> tuple[int, int]:
    """Return the number that begins at offset `at`, and the offset at which it ends.

    Raises ValueError if the number is cut short, has more than 63 bits, or takes more bytes than necessary.
    """
    number = shift = 0
    for byte in data[at : at + 9]:
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            if byte == 0 and shift:
                raise ValueError("a number is written longer than it needs")
            return number, at
        shift += 7
    raise ValueError("a number is cut short or over 63 bits")
