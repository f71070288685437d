"""Distinguished names as text: parse what people type, render as Java does, compare on two levels.

Texts and values only. Names inside a certificate's DER are taken apart in `certificates`.
"""

from process.names.comparing import NameChange, NameKey, compare, compare_pairs, equal, name_key
from process.names.differences import Difference, differences, keyword
from process.names.parsing import parse
from process.names.rendering import render, render_compact
from process.names.shapes import Attribute, DistinguishedName, NameSyntaxError
from process.names.values import EncodingError, value_from_der

__all__ = [
    "Attribute",
    "Difference",
    "DistinguishedName",
    "EncodingError",
    "NameChange",
    "NameKey",
    "NameSyntaxError",
    "compare",
    "compare_pairs",
    "differences",
    "equal",
    "keyword",
    "name_key",
    "parse",
    "render",
    "render_compact",
    "value_from_der",
]
