"""What is shown, and on which stream."""

from io import StringIO

from desk.up.output import Output


class Closed(StringIO):
    """A stream whose reader went away."""

    def write(self, text: str) -> int:
        """As a pipe does."""
        raise BrokenPipeError


def test_data_and_talk_are_apart():
    """What runs where is data on stdout; sentences and lines of programs go to stderr."""
    data, talk = StringIO(), StringIO()
    output = Output(data, talk, colour=False, names=("temporal", "a-long-name"))
    output.show("table")
    output.say("hello")
    output.line("temporal", "line")
    assert data.getvalue() == "table\n"
    assert talk.getvalue() == "certrelay   | hello\ntemporal    | line\n"


def test_colour_is_for_terminals():
    """With colour each program has its own, and the line itself is left as it came."""
    talk = StringIO()
    output = Output(StringIO(), talk, colour=True, names=("a", "b"))
    output.line("a", "x")
    output.line("b", "x")
    first, second = talk.getvalue().splitlines()
    assert first.partition("m")[0] != second.partition("m")[0]
    assert first.endswith("\x1b[0m x")


def test_a_reader_that_went_away_stops_nothing():
    """`certrelay up | head` must not take the installation down."""
    output = Output(Closed(), Closed(), colour=False)
    output.show("table")
    output.say("hello")
