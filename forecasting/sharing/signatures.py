"""Ed25519 signatures in the format of minisign, so that its own tool makes and checks them too.

The list of checksums is signed, and with it every byte of the package. Needs the library
``cryptography`` of the extra ``sharing``.

References
----------
Denis, F., Minisign: a dead simple tool to sign files and verify signatures, file formats,
https://jedisct1.github.io/minisign/
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from forecasting.sharing.checksums import CHECKSUMS, SIGNATURE
from forecasting.sharing.extras import needed
from forecasting.sharing.limits import PackageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_PREHASHED: Final = b"ED"
_ALGORITHM: Final = b"Ed"
_NO_PASSWORD: Final = b"\0\0"
_CHECKSUM: Final = b"B2"
_KEY_ID_BYTES: Final = 8
_SECRET_BYTES: Final = 158
_LARGEST: Final = 4096
_UNTRUSTED: Final = "untrusted comment: "
_TRUSTED: Final = "trusted comment: "


@dataclass(frozen=True)
class SecretKey:
    """What signs; whoever has it can sign as you.

    Parameters
    ----------
    number : bytes
        Eight random bytes that name the pair.
    seed : bytes
        Thirty-two secret bytes.

    """

    number: bytes
    seed: bytes

    def __repr__(self) -> str:
        """Show the name of the pair and never the secret."""
        return f"SecretKey({self.number[::-1].hex().upper()})"


@dataclass(frozen=True)
class PublicKey:
    """What verifies; it can be given to everyone.

    Parameters
    ----------
    number : bytes
    point : bytes
        Thirty-two bytes.

    """

    number: bytes
    point: bytes

    @property
    def name(self) -> str:
        """Name of the pair as minisign shows it."""
        return self.number[::-1].hex().upper()


def make_keys(secret_file: Path) -> PublicKey:
    """Make a pair of keys: the secret one in a file for you alone, the public one beside it.

    Parameters
    ----------
    secret_file : pathlib.Path
        Must not exist; the public key gets the ending ``.pub``.

    Returns
    -------
    PublicKey

    Raises
    ------
    PackageError
        If a file exists or cannot be written, or the extra is missing.

    """
    number, seed = os.urandom(_KEY_ID_BYTES), os.urandom(32)
    secret = SecretKey(number, seed)
    public = public_of(secret)
    public_file = secret_file.with_name(f"{secret_file.name}.pub")
    pair = seed + public.point
    check = hashlib.blake2b(_ALGORITHM + number + pair, digest_size=32).digest()
    packed = _ALGORITHM + _NO_PASSWORD + _CHECKSUM + bytes(48) + number + pair + check
    texts = {
        secret_file: f"{_UNTRUSTED}minisign encrypted secret key\n{_encoded(packed)}\n",
        public_file: f"{_UNTRUSTED}minisign public key {public.name}\n"
        f"{_encoded(_ALGORITHM + number + public.point)}\n",
    }
    try:
        secret_file.parent.mkdir(parents=True, exist_ok=True)
        for file, mode in ((secret_file, 0o600), (public_file, 0o644)):
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(texts[file])
    except OSError as error:
        msg = f"the keys cannot be written ({error}); an existing key is never overwritten."
        raise PackageError(msg) from error
    return public


def public_of(secret: SecretKey) -> PublicKey:
    """Public key that belongs to a secret one."""
    ed25519 = _ed25519()
    point = ed25519.Ed25519PrivateKey.from_private_bytes(secret.seed).public_key()
    return PublicKey(secret.number, point.public_bytes_raw())


def read_secret_key(path: Path) -> SecretKey:
    """Read a secret key without a password, of this package or of ``minisign -G -W``.

    Raises
    ------
    PackageError
        If it is none, or protected by a password.

    """
    packed = _decoded(_lines(path, 2)[1], str(path))
    if len(packed) != _SECRET_BYTES or packed[:2] != _ALGORITHM:
        msg = f"{path}: is not a minisign secret key."
        raise PackageError(msg)
    if packed[2:4] != _NO_PASSWORD:
        msg = f"{path}: has a password; make a key without one (minisign -G -W) and guard the file."
        raise PackageError(msg)
    return SecretKey(packed[54:62], packed[62:94])


def read_public_key(path: Path) -> PublicKey:
    """Read a public key in the format of minisign.

    Raises
    ------
    PackageError
        If it is none.

    """
    packed = _decoded(_lines(path, 2)[1], str(path))
    if len(packed) != 42 or packed[:2] != _ALGORITHM:
        msg = f"{path}: is not a minisign public key. Give the file that ends in .pub."
        raise PackageError(msg)
    return PublicKey(packed[2:10], packed[10:])


def sign(content: bytes, secret: SecretKey, trusted: str) -> bytes:
    """Sign bytes; the same bytes, key and comment give the same signature.

    Parameters
    ----------
    content : bytes
    secret : SecretKey
    trusted : str
        One line that is signed too.

    Returns
    -------
    bytes
        Content of a ``.minisig`` file.

    """
    key = _ed25519().Ed25519PrivateKey.from_private_bytes(secret.seed)
    signature = key.sign(hashlib.blake2b(content).digest())
    whole = key.sign(signature + trusted.encode())
    return (
        f"{_UNTRUSTED}signature from safepassage secret key\n"
        f"{_encoded(_PREHASHED + secret.number + signature)}\n"
        f"{_TRUSTED}{trusted}\n{_encoded(whole)}\n"
    ).encode()


def signature_problems(files: Mapping[str, bytes], key: PublicKey | None, what: str) -> list[str]:
    """Say why the signature asked for does not hold for some files.

    Parameters
    ----------
    files : mapping of str to bytes
    key : PublicKey or None
        None when no signature is asked for.
    what : str
        What messages call the files.

    Returns
    -------
    list of str
        Empty when the signature holds or none is asked for.

    """
    if key is None:
        return []
    if SIGNATURE not in files:
        return [f"{SIGNATURE}: is missing; the {what} is not signed."]
    wrong = signature_problem(files.get(CHECKSUMS, b""), files[SIGNATURE], key, SIGNATURE)
    return [wrong] if wrong else []


def signature_problem(content: bytes, signature: bytes, public: PublicKey, name: str) -> str:
    """Say why a signature does not hold, or nothing.

    Parameters
    ----------
    content, signature : bytes
    public : PublicKey
    name : str
        What messages call the signature.

    Returns
    -------
    str

    """
    try:
        lines = _split(signature, name, 4)
        packed, whole = _decoded(lines[1], name), _decoded(lines[3], name)
    except PackageError as error:
        return str(error)
    if len(packed) != 74 or len(whole) != 64 or not lines[2].startswith(_TRUSTED):
        return f"{name}: is not a minisign signature."
    if packed[2:10] != public.number:
        given = packed[2:10][::-1].hex().upper()
        return f"{name}: was made with key {given}, not with {public.name}."
    digest: dict[bytes, Callable[[], bytes]] = {
        _PREHASHED: lambda: hashlib.blake2b(content).digest(),
        _ALGORITHM: lambda: content,
    }
    if packed[:2] not in digest:
        return f"{name}: uses an unknown algorithm."
    key = _ed25519().Ed25519PublicKey.from_public_bytes(public.point)
    trusted = lines[2].removeprefix(_TRUSTED).encode()
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(packed[10:], digest[packed[:2]]())
        key.verify(whole, packed[10:] + trusted)
    except InvalidSignature:
        return f"{name}: does not hold for this key; the package is not what {public.name} signed."
    return ""


def _ed25519() -> Any:
    needed("cryptography", "signatures")
    from cryptography.hazmat.primitives.asymmetric import ed25519

    return ed25519


def _lines(path: Path, count: int) -> list[str]:
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    except OSError as error:
        msg = f"{path}: the key cannot be read ({error.strerror})."
        raise PackageError(msg) from error
    return _split(content, str(path), count)


def _split(content: bytes, name: str, count: int) -> list[str]:
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        lines = []
    if len(lines) != count or not lines[0].startswith(_UNTRUSTED) or len(content) > _LARGEST:
        msg = f"{name}: is not in the format of minisign."
        raise PackageError(msg)
    return lines


def _encoded(packed: bytes) -> str:
    return base64.b64encode(packed).decode()


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        msg = f"{name}: is not in the format of minisign."
        raise PackageError(msg) from None
