"""The sender program against the real load balancer of the simulator: pace, switch, counts, refusals told apart."""

import asyncio
import io
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from demo_simulator import Simulator, authority, simulator
from hypothesis import given
from hypothesis import strategies as st

from certificates.rehearsal import SERVER_AUTH, Issued, LeafProfile
from desk.demo.sender.folder import CURRENT, FolderUnusableError, SenderFolder
from desk.demo.sender.outcomes import Count, Counts, Outcome, Sent
from desk.demo.sender.pacing import Pace
from desk.demo.sender.program import Sender
from desk.demo.sender.sending import plain
from desk.demo.stage import Passed

SUBJECT = "CN=sender, O=Acme, C=DE"
TRUSTED = authority()
PROGRAM = [sys.executable, "-m", "desk.demo.sender"]


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A simulated tenant on Neo that the tests of this file share."""
    with simulator(tmp_path_factory.mktemp("tenant")) as running:
        asyncio.run(running.stage().trust(TRUSTED.root_pem))
        yield running


def sender(folder: SenderFolder, *urls: str) -> Sender:
    """The loop of the program, whose lines nobody reads."""
    return Sender(folder, urls, io.StringIO())


def two() -> tuple[Issued, Issued]:
    """An old and a new certificate with the same names."""
    return TRUSTED.issue(SUBJECT), TRUSTED.issue(SUBJECT)


def kept(folder: Path) -> SenderFolder:
    """A folder that needs no load balancer."""
    made = SenderFolder.made(folder / "sender")
    made.trust(TRUSTED.root_pem)
    old, new = two()
    made.put("old", old.key_pem(), old.bundle_pem)
    made.put("new", new.key_pem(), new.bundle_pem)
    made.use("old")
    return made


@given(st.floats(0, 1e6), st.floats(0.001, 10), st.lists(st.floats(0, 30), min_size=1, max_size=30))
def test_the_pace_does_not_drift(began: float, every: float, takes: list[float]) -> None:
    """However long messages take: each goes at a moment of the schedule, none twice, none in the past."""
    pace, tick, now = Pace(began, every), 0, began
    for one in takes:
        now = max(now, pace.at(tick)) + one
        following = pace.after(tick, now)
        assert following > tick
        assert pace.at(following) >= now - 1e-6
        assert following == tick + 1 or pace.at(following - 1) < now + 1e-6
        tick = following


def test_the_loop_keeps_the_pace(tmp_path: Path) -> None:
    """Waits are what is left until the next moment, however late the clock is looked at."""
    now, waits = [100.0], list[float]()

    def wait(seconds: float) -> bool:
        waits.append(round(seconds, 6))
        now[0] += seconds + 0.05
        return len(waits) > 4

    sender(kept(tmp_path), "https://127.0.0.1:1/http/x").run(0.2, wait, lambda: now[0])
    assert waits == [0.0, 0.15, 0.15, 0.15, 0.15]


@pytest.mark.parametrize("count", range(1, 9))
def test_every_address_meets_every_node(tmp_path: Path, count: int) -> None:
    """The nodes take turns; addresses go in turn as well and still do not meet the same node for ever."""
    urls = [f"https://127.0.0.1:1/http/{at}" for at in range(count)]
    one = sender(kept(tmp_path), *urls)
    met = {(one._next_url(), at % 2) for at in range(2 * count * (count + 1))}
    assert len(met) == 2 * count


def test_a_switch_loses_no_message(tenant: Simulator) -> None:
    """The program sends with the old certificate, then with the new one on a new connection; all are accepted."""
    old, new = two()

    async def staged() -> SenderFolder:
        await tenant.stage().flow("Switched", old.facts)
        await tenant.stage().flow_by_role("Known")
        for certificate in (old, new):
            await tenant.stage().known_as("SENDER", certificate.facts)
        return await tenant.folder_of("switch", [("old", old), ("new", new)])

    folder = asyncio.run(staged())
    urls = [tenant.address("/http/switched"), tenant.address("/http/known")]
    process = subprocess.Popen(
        [*PROGRAM, str(folder.path), *urls, "--every", "0.02"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    sent = _read(process.stdout.readline, lambda one: one.certificate == old.facts.fingerprint, 12)
    folder.use("new")
    sent += _read(process.stdout.readline, lambda one: one.certificate == new.facts.fingerprint, 12)
    process.send_signal(signal.SIGTERM)
    rest, summary = process.communicate(timeout=10)
    sent += [Sent.of_line(line) for line in rest.splitlines()]
    assert process.returncode == 0
    assert {one.outcome for one in sent} == {Outcome.ACCEPTED}
    assert [one.certificate for one in sent] == sorted(
        (one.certificate for one in sent), key=[old.facts.fingerprint, new.facts.fingerprint].index
    )
    counts = Counts.of_all(sent)
    assert summary.splitlines() == counts.words()
    passed = asyncio.run(tenant.stage().passed())
    for certificate, count in counts.of.items():
        assert passed[certificate] == Passed(count.accepted, 0)


def _read(line: Callable[[], str], wanted: Callable[[Sent], bool], count: int) -> list[Sent]:
    """Lines until so many are as wanted."""
    sent: list[Sent] = []
    while sum(map(wanted, sent)) < count:
        sent.append(Sent.of_line(line()))
    return sent


async def test_refusals_are_told_apart_from_failures(tenant: Simulator) -> None:
    """401, 403 and an alert of TLS say no to the certificate; an unknown address is another matter."""
    known = TRUSTED.issue("CN=known, O=Acme, C=DE")
    await tenant.stage().flow("Listing", known.facts)
    await tenant.stage().flow_by_role("Mapped")
    cases = {
        "known": (known, "/http/listing", 200, Outcome.ACCEPTED),
        "unlisted": (TRUSTED.issue(SUBJECT), "/http/listing", 403, Outcome.REFUSED),
        "unmapped": (TRUSTED.issue(SUBJECT), "/http/mapped", 401, Outcome.REFUSED),
        "untrusted": (authority("Nobody's CA").issue(SUBJECT), "/http/listing", 401, Outcome.REFUSED),
        "useless": (TRUSTED.issue(SUBJECT, profile=LeafProfile((SERVER_AUTH,))), "/http/listing", 0, Outcome.REFUSED),
        "lost": (known, "/http/nowhere", 404, Outcome.FAILED),
    }
    for name, (certificate, path, status, outcome) in cases.items():
        folder = await tenant.folder_of(name, [(name, certificate)])
        sent = sender(folder, tenant.address(path)).send_one()
        assert (name, sent.status, sent.outcome) == (name, status, outcome), sent.words
        assert sent.certificate == certificate.facts.fingerprint
        assert bool(sent.words) == (outcome is not Outcome.ACCEPTED)


async def test_another_server_is_not_talked_to(tenant: Simulator) -> None:
    """The load balancer is verified by its CA: where that is another, no message goes out, and nobody is refused."""
    folder = await tenant.folder_of("careful", [("old", TRUSTED.issue(SUBJECT))])
    folder.trust(authority("Another CA").root_pem)
    sent = sender(folder, tenant.address("/http/listing")).send_one()
    assert (sent.status, sent.outcome) == (0, Outcome.FAILED)
    assert "not the one that is trusted" in sent.words


async def test_a_restarted_load_balancer_is_survived(tmp_path: Path) -> None:
    """While it is away messages fail and none is refused; back with a new CA, they are accepted again."""
    with simulator(tmp_path) as tenant:
        certificate = TRUSTED.issue(SUBJECT)
        await tenant.stage().trust(TRUSTED.root_pem)
        await tenant.stage().flow("Steady", certificate.facts)
        folder = await tenant.folder_of("steady", [("old", certificate)])
        one = sender(folder, tenant.address("/http/steady"))
        assert one.send_one().outcome is Outcome.ACCEPTED
        tenant.end()
        assert [one.send_one().outcome for _ in range(2)] == [Outcome.FAILED] * 2
        tenant.start()
        balancer = await tenant.stage().load_balancer()
        assert balancer is not None
        folder.trust(balancer.authority)
        assert one.send_one().outcome is Outcome.ACCEPTED
    assert one.counts.of == {certificate.facts.fingerprint: Count(2, 0, 2)}


def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Keys of a rehearsal are keys all the same."""
    folder = kept(tmp_path)
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.path.iterdir()} == {0o600}
    assert {file.name for file in folder.path.iterdir()} == {"old.pem", "new.pem", "current", "load-balancer.pem"}


@pytest.mark.parametrize("written", ["", "nowhere.pem", "load-balancer.pem"])
def test_what_cannot_be_used_changes_nothing(
    tmp_path: Path, written: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A `current` that is half written, or leads nowhere, or to no key: told once, and the old one stays."""
    folder = kept(tmp_path)
    one = sender(folder, "https://127.0.0.1:1/http/x")
    before = one.send_one().certificate
    (folder.path / CURRENT).write_text(written)
    assert [one.send_one().certificate for _ in range(2)] == [before] * 2
    assert capsys.readouterr().err.count("Going on as before") == 1
    folder.use("new")
    assert one.send_one().certificate != before


def test_a_folder_with_nothing_in_it_is_one_sentence(tmp_path: Path) -> None:
    """Nothing to begin with: exit code 3, and what is missing."""
    with pytest.raises(FolderUnusableError):
        SenderFolder(tmp_path).identity()
    ended = subprocess.run([*PROGRAM, str(tmp_path), "https://127.0.0.1:1/x"], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr.count("\n")) == (3, 1)
    assert str(tmp_path) in ended.stderr


@given(st.builds(Sent, st.text(), st.text(), st.text(), st.integers(0, 599), st.sampled_from(Outcome), st.text()))
def test_a_line_tells_the_whole_message(sent: Sent) -> None:
    """What is written is one line of JSON, and what is read is what was written."""
    assert Sent.of_line(sent.line()) == sent
    assert "\n" not in sent.line()


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(Outcome))))
def test_counts_add_up(told: list[tuple[str, Outcome]]) -> None:
    """Each message is counted once, for its certificate and outcome."""
    template = Sent("", "", "", 0, Outcome.ACCEPTED, "")
    counts = Counts.of_all(replace(template, certificate=c, outcome=o) for c, o in told)
    total = sum(counts.of.values(), Count())
    assert total.accepted + total.refused + total.failed == len(told)
    for certificate, count in counts.of.items():
        assert count.refused == told.count((certificate, Outcome.REFUSED))


@given(st.text())
def test_words_fit_in_a_line(text: str) -> None:
    """Whatever the other side says: no tags, no line breaks, no endless text."""
    told = plain(f"<p>{text}</p>")
    assert len(told) <= 300
    assert told == " ".join(told.split())


def test_a_page_is_told_by_its_title() -> None:
    """What a person would read: the title of a page, or the words of an answer in XML."""
    assert plain("<html><title>HTTP Status 401 &#8211; Unauthorized</title><h1>x</h1>") == (
        "HTTP Status 401 – Unauthorized"
    )
    assert plain("<e><error>invalid_client</error><d>no key</d></e>") == "invalid_client no key"
