"""What bytes may mean as text: the escapes, quotings and encodings in which certificates get pasted.

Shared by the search for secrets, which tries everything, and by the intake, which reports what it repaired.
"""

import base64
import html
import re
import urllib.parse
from collections.abc import Callable, Iterator

_URL_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_BREAK = re.compile(r"\\{1,8}r\\{1,8}n|\\{1,8}[nr]")
_CODE_POINT = re.compile(r"\\{1,8}u([0-9A-Fa-f]{4})")
_ROUNDS = 3  # escapes in escapes in escapes
_ESCAPED = re.compile(r"\\{1,8}([/\"'t=+])")
_QUOTED_LINE = re.compile(r"^[ \t]*(?:[>|][ \t]?)+", re.MULTILINE)
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_NOTHING = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{20,}(?:\s{1,4}[A-Za-z0-9+/_-]+)*")
# DER begins with M and a letter up to P in base64; only the beginning of each candidate is decoded.
_BASE64_DER = re.compile(rb"(?<![A-Za-z0-9+/_])(?=(M[A-P][A-Za-z0-9+/_\s-]{38,200}))")
_HEX = re.compile(rb"(?:(?:0x)?[0-9A-Fa-f]{2}[\s:,]{0,2}){40,}")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


def text_of(data: bytes) -> tuple[str, str]:
    """The text of `data`, and what was repaired on the way (empty where nothing was). Never fails."""
    for mark, codec in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return data.decode(codec, "replace"), f"decoded the text from {codec} with a byte order mark"
    zeros = data[:400].count(0)
    if zeros * 3 > len(data[:400]):
        codec = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
        return data.decode(codec, "replace"), f"decoded the text from {codec}"
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        return data.decode("latin-1"), ""


def _without_url_escapes(text: str) -> str:
    if not _URL_ESCAPE.search(text):
        return text
    return urllib.parse.unquote_plus(text) if "BEGIN+" in text else urllib.parse.unquote(text)


def _without_json_escapes(text: str) -> str:
    text = _CODE_POINT.sub(lambda found: chr(int(found.group(1), 16)), text)
    return _ESCAPED.sub(r"\1", _BREAK.sub("\n", text))


_REPAIRS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("undid URL escapes", _without_url_escapes),
    ("undid HTML escapes", html.unescape),
    ("undid JSON escapes", _without_json_escapes),
    ("removed the quotation marks of a mail", lambda text: _QUOTED_LINE.sub("", text)),
    ("replaced typographic dashes", lambda text: _DASHES.sub("-", text)),
    ("removed invisible characters", lambda text: _NOTHING.sub("", text)),
)


def repaired(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without escapes and quoting, and what was undone."""
    done: dict[str, None] = {}
    for what, repair in _REPAIRS * _ROUNDS:
        before, text = text, repair(text)
        if before != text:
            done[what] = None
    return text, tuple(done)


def plain_views(data: bytes) -> Iterator[bytes]:
    """`data`, and what it is without escapes and quoting, each also without the zeros of wide characters."""
    narrow = data
    if b"\0" in data:
        narrow = data.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    texts = (repaired(text_of(view)[0])[0].encode("utf-8", "replace") for view in dict.fromkeys((data, narrow)))
    for view in dict.fromkeys((data, narrow, *texts)):
        yield view
        if b"\0" in view and view is not data:
            yield view.replace(b"\0", b"")


def inner_views(data: bytes) -> Iterator[bytes]:
    """What lies in `data` in base64 or hexadecimal digits, decoded as far as it goes."""
    for run in _BASE64.finditer(data):
        yield _from_base64(run.group())
    for run in _HEX.finditer(data):
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", run.group().replace(b"0x", b""))
        yield bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))


def der_heads(data: bytes) -> Iterator[bytes]:
    """The first octets of whatever looks like DER in base64, also behind words that a run would swallow."""
    for start in _BASE64_DER.finditer(data):
        yield _from_base64(start.group(1))


def _from_base64(run: bytes) -> bytes:
    digits = _NO_BASE64.sub(b"", run.replace(b"-", b"+").replace(b"_", b"/"))
    return base64.b64decode(digits[: len(digits) & ~3])
