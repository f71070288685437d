"""A name written as its neighbour in the table is written: blank after the comma or none, case of types.

Only what stands between attribute values changes, never a value; where a changed name would not compare
as the same name, it stays as it was given.
"""

import re
from collections.abc import Callable, Sequence

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9.-]*(?==)")


def styled(name: str, like: Sequence[str], same: Callable[[str, str], bool]) -> str:
    """`name` in the style that the names in `like` show together; they show none where they are no DNs."""
    models = [relative_names(model) for model in like]
    parts = relative_names(name)
    if not all("=" in part for part in parts):
        return name
    text = _comma(models, name).join(_cased(part.lstrip(" "), models) for part in parts)
    return text if same(text, name) else name


def relative_names(name: str) -> list[str]:
    """What stands between the commas that are neither quoted nor escaped, blanks included."""
    parts, quoted, escaped = [""], False, False
    for char in name:
        if char == "," and not quoted and not escaped:
            parts.append("")
            continue
        parts[-1] += char
        quoted ^= char == '"' and not escaped
        escaped = char == "\\" and not escaped
    return parts


def _comma(models: Sequence[list[str]], name: str) -> str:
    after = [part for model in models for part in model[1:]] or relative_names(name)[1:]
    return ", " if any(part.startswith(" ") for part in after) else ","


def _cased(part: str, models: Sequence[list[str]]) -> str:
    """The attribute type in lower or upper case where all types of the models are."""
    types = "".join(match.group() for model in models for item in model if (match := _TYPE.match(item.lstrip())))
    if types.islower():
        return _TYPE.sub(lambda match: match.group().lower(), part, count=1) if _TYPE.match(part) else part
    if types.isupper():
        return _TYPE.sub(lambda match: match.group().upper(), part, count=1) if _TYPE.match(part) else part
    return part
