"""The notation of OData 2.0: what one side writes, the other reads."""

import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant import odata

FIFTY_YEARS = 50 * 365 * 24 * 60 * 60 * 1000
MOMENTS = st.integers(-FIFTY_YEARS, 4 * FIFTY_YEARS).map(
    lambda milliseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@given(MOMENTS, st.sampled_from(["/Date({})/", "/Date({}+0000)/", "/Date({}-0060)/", "{}"]))
def test_every_notation_in_milliseconds_gives_the_same_utc_moment(moment, notation):
    """Milliseconds are UTC, whatever offset stands beside them."""
    assert odata.moment(notation.format(_milliseconds(moment))) == moment


@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_iso_is_read_with_its_zone_and_as_utc_without(moment, offset):
    """Atom and some fields write ISO 8601: a zone counts, none means UTC."""
    zoned = moment.astimezone(timezone(timedelta(minutes=offset)))
    assert odata.moment(zoned.isoformat()) == moment
    assert odata.moment(moment.replace(tzinfo=None).isoformat()) == moment
    assert odata.moment(moment.replace(tzinfo=None).isoformat() + "Z") == moment


@pytest.mark.parametrize("text", ["", "soon", "/Date()/", "/Date(99999999999999999999)/", "2026-13-01", "None"])
def test_what_is_no_time_is_unreadable(text):
    """A time in no known notation is never guessed."""
    with pytest.raises(odata.Unreadable):
        odata.moment(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_key_survives_the_url(value):
    """Quotes are doubled and everything unsafe is encoded: the server reads back what was meant."""
    literal = odata.literal(value)
    assert literal[0] == literal[-1] == "'"
    assert "'" not in literal[1:-1]
    assert unquote(literal[1:-1]).replace("''", "'") == value
    url = httpx.URL(f"https://tenant.example/api/v1/Set({literal})")
    assert url.raw_path.decode() == f"/api/v1/Set({literal})"


def test_keys_and_parameters_look_as_sap_writes_them():
    """The quotes around a value and the signs of the notation itself stay plain."""
    assert odata.key(Id="O'Neil", Version="active") == "(Id='O%27%27Neil',Version='active')"
    assert odata.literal("a/b?c#d") == "'a%2Fb%3Fc%23d'"
    assert odata.parameters(Id="a b", SaveAsVersion="1.0.5") == "?Id='a%20b'&SaveAsVersion='1.0.5'"


def test_a_member_that_stands_twice_with_two_values_is_unreadable():
    """Two truths under one name are none; the same value twice does no harm."""
    assert odata.document('{"a": 1, "a": 1}') == {"a": 1}
    with pytest.raises(odata.Unreadable, match="Version"):
        odata.document('{"d": {"Version": "1", "Version": "2"}}')


@pytest.mark.parametrize(
    "text",
    ["", "<html></html>", "[]", "{}", '{"d": 1}', '{"d": {}}', '{"d": {"results": [1]}}', "[" * 100_000],
)
def test_a_body_without_rows_is_unreadable(text):
    """An empty list is only what is written as one."""
    with pytest.raises(odata.Unreadable):
        odata.page(text)


def test_rows_and_the_next_page_are_found_in_both_envelopes():
    """`results` is the OData 2.0 envelope; the bare list of version 1 is read as well."""
    assert odata.page('{"d": {"results": [{"a": 1}], "__next": "https://x/y"}}') == ([{"a": 1}], "https://x/y")
    assert odata.page('{"d": [{"a": 1}]}') == ([{"a": 1}], None)
    assert odata.page('{"d": {"results": []}}') == ([], None)


TASK = "2f93475d-9c44-4175-6b13-3f0b2c26e246"


@pytest.mark.parametrize(
    "body",
    [TASK, f"  {TASK}\n", f'"{TASK}"', f"'{TASK}'", json.dumps({"d": {"Deploy": TASK}}), json.dumps({"d": TASK})],
)
def test_a_task_id_is_read_in_every_form(body):
    """SAP documents bare text, the metadata says Edm.String: text, quoted text and `d` are all seen."""
    assert odata.returned_text(body, "Deploy") == TASK


@pytest.mark.parametrize("body", ["", '""', '{"d": {}}', "<html>hi</html>", "two words", "{", "x" * 201])
def test_what_is_no_task_id_is_unreadable(body):
    """A page or an empty body is never taken for the id of a task."""
    with pytest.raises(odata.Unreadable):
        odata.returned_text(body, "Deploy")


ATOM = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
    '<code>Not Found</code><message xml:lang="en">Integration package X does not exist.</message></error>'
)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"error":{"code":"x","message":{"lang":"en","value":"No."}}}', "No."),
        ('{"error":{"code":"x","message":{"lang":"en","value":null}}}', ""),
        ('{"error":{"code":"x","message":"No."}}', "No."),
        (ATOM, "Integration package X does not exist."),
        ('{"d":{}}', None),
        ("{", None),
        ("", None),
        ("plain", None),
        ("<html><body>no</body></html>", None),
        ('<!DOCTYPE a [<!ENTITY b "c">]><error><message>&b;</message></error>', None),
    ],
)
def test_an_error_body_is_read_as_json_and_as_atom(body, message):
    """Both bodies of OData give their message; anything else is no OData body (entities are not expanded)."""
    assert odata.error_message(body) == message


def test_an_html_page_is_told_by_its_title():
    """A person hears the title of an error page, not its source."""
    page = "<!DOCTYPE html><html><head><title>Apache\n &amp; Co</title></head><body>x</body></html>"
    assert odata.is_html(page)
    assert odata.plain(page) == "an HTML page: Apache & Co"
    assert odata.plain("<html></html>") == "an HTML page"
    assert odata.plain(" a \n b ") == "a b"
