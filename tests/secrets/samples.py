"""Keys that open nothing, and values of variables, for tests that look for them."""

import random
from base64 import b64encode

_drawn = random.Random(9)


def base64(size: int) -> str:
    """Lines of base64, as they stand in PEM."""
    text = b64encode(_drawn.randbytes(size)).decode()
    return "\n".join(text[at : at + 64] for at in range(0, len(text), 64))


def pem(label: str = "PRIVATE KEY", size: int = 600, fields: str = "") -> str:
    return f"-----BEGIN {label}-----\n{fields}{base64(size)}\n-----END {label}-----\n"


PUTTY = f"""PuTTY-User-Key-File-3: ssh-ed25519
Encryption: none
Comment: me@here
Public-Lines: 2
{base64(84)}
Private-Lines: 1
{base64(36)}
Private-MAC: {"0a" * 32}
"""
AGE = "AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2
KEYSTORE = (
    '{"address": "00", "crypto": {"cipher": "aes-128-ctr", "cipherparams": {"iv": "83db"}, "ciphertext": "d172bf743a",'
    ' "kdf": "scrypt", "kdfparams": {"dklen": 32}, "mac": "2103"}, "id": "3198", "version": 3}'
)
_NUMBER = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
JWK = f'{{"kty": "EC", "crv": "P-256", "x": "{_NUMBER}", "y": "{_NUMBER}", "d": "{_NUMBER}"}}'

KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
TOKEN = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
PASSWORD = "correct horse & battery"
