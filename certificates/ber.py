"""Values of indefinite length (BER, X.690 8.1.3.6) to definite ones: some programs write PKCS#7 so.

Only the outer frames are rewritten; a value of definite length, such as a certificate, keeps its bytes.
"""

from certificates.errors import MalformedDer

_INDEFINITE = 0x80
_DEPTH = 16  # PKCS#7 has five levels


def definite(data: bytes) -> bytes:
    """`data` with its first value in definite length; what follows it stays. Raises MalformedDer."""
    if data[1:2] != bytes([_INDEFINITE]):
        return data
    value, end = _value(data, 0, _DEPTH)
    return value + data[end:]


def _value(data: bytes, at: int, depth: int) -> tuple[bytes, int]:
    """The value that begins at `at`, and where the next one begins."""
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F or not depth:
        raise MalformedDer("BER value")
    if data[at + 1] != _INDEFINITE:
        end = at + _size(data, at)
        if end > len(data):
            raise MalformedDer("BER value")
        return data[at:end], end
    parts = []
    end = at + 2
    while data[end : end + 2] != b"\0\0":
        part, end = _value(data, end, depth - 1)
        parts.append(part)
    content = b"".join(parts)
    return bytes([data[at]]) + _length(len(content)) + content, end + 2


def _size(data: bytes, at: int) -> int:
    """Of a value of definite length, header included."""
    octet = data[at + 1]
    if octet < _INDEFINITE:
        return 2 + octet
    octets = octet & 0x7F
    return 2 + octets + int.from_bytes(data[at + 2 : at + 2 + octets], "big")


def _length(size: int) -> bytes:
    if size < _INDEFINITE:
        return bytes([size])
    octets = (size.bit_length() + 7) // 8
    return bytes([_INDEFINITE | octets]) + size.to_bytes(octets, "big")
