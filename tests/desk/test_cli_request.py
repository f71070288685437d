"""`certrelay request`: key and request on the sender's own machine; nothing shows the key, nothing is sent."""

import asyncio
import os
import pty
import stat
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cli_driver import DONE, PROGRAM, REFUSED, USAGE, Line, Told, on_disk
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from handmade import CLIENT_AUTH, SERVER_AUTH, Handmade, dns_names, handmade, usages

from certificates.facts import pem_of
from certificates.rehearsal import RehearsalAuthority
from certificates.request import KeyKind, subject_from
from desk.commands.request import KEYS
from desk.shapes import SHAPES

ROOT = Path(__file__).parents[2]
AUTHORITY = RehearsalAuthority.create(now=datetime(2026, 11, 1, tzinfo=UTC))
DN = "CN=erp, O=Example, C=DE"
OLD = handmade(Handmade(subject_from(DN), (usages(CLIENT_AUTH), dns_names("erp.example"))), AUTHORITY)
PHRASE = "correct horse"
ON = ("--key", "p256")

certrelay = Line("127.0.0.1:1")
"""No server is there, and none is needed."""


def request_in(path: Path) -> x509.CertificateSigningRequest:
    """The request in a file."""
    return x509.load_pem_x509_csr(path.read_bytes())


def shows_no_key(told: Told, key: Path) -> None:
    """No line of the key's file was said."""
    for line in key.read_text().splitlines():
        assert line not in told.out + told.err


def test_the_names_are_those_of_the_certificate_in_use(tmp_path: Path) -> None:
    """--old: subject and alternative names as they are, a key for its owner alone, and what it means in words."""
    old, out = on_disk(tmp_path, pem_of(OLD), "in use.pem"), tmp_path / "new"
    told = certrelay.here("request", "--old", old, "--out", str(out), "--unencrypted")
    assert told.code == DONE, told.words
    read = request_in(tmp_path / "new.csr")
    assert read.subject.public_bytes() == subject_from(DN)
    assert read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    ) == ["erp.example"]
    key = tmp_path / "new.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert load_pem_private_key(key.read_bytes(), None).public_key() == read.public_key()
    assert "RSA 3072" in told.out
    assert "the names stay the same, and the steps 3, 4a, 5, 9a and 10 are not needed" in told.words
    assert f"certrelay inspect ANSWER.pem --old '{old}'" in told.err
    assert "certrelay submit RENEWAL ANSWER.pem --as sender:NAME" in told.err
    assert "Client Authentication, clientAuth" in told.err
    shows_no_key(told, key)


def test_json_tells_files_names_and_digest(tmp_path: Path) -> None:
    """--json: the shape of the table, and never the key."""
    out = tmp_path / "new"
    old = on_disk(tmp_path, pem_of(OLD))
    told = certrelay.here("request", "--old", old, "--out", str(out), *ON, "--unencrypted", "--json")
    assert told.code == DONE, told.words
    assert set(told.json) == set(SHAPES["request"].fields)
    answer = told.json
    digest = answer.pop("public_key_sha256")
    assert answer == {
        "key_file": f"{out}.key",
        "request_file": f"{out}.csr",
        "key": "EC P-256",
        "encrypted": False,
        "subject": DN,
        "subject_change": "unchanged",
        "alternative_names_copied": True,
        "usages": ["clientAuth"],
    }
    public = request_in(tmp_path / "new.csr").public_key()
    assert digest == sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    shows_no_key(told, tmp_path / "new.key")


@pytest.mark.parametrize(
    ("subject", "change", "words"),
    [
        (DN, "unchanged", "octet by octet"),
        ("CN=erp,O=Example,C=DE", "unchanged", "octet by octet"),
        ("CN=ERP, O=Example, C=DE", "spelling", "in another spelling"),
        ("CN=erp, O=Other, C=DE", "changed", "is another one than that of the certificate in use: the names change."),
    ],
)
def test_another_subject_and_what_it_means(tmp_path: Path, subject: str, change: str, words: str) -> None:
    """--subject beside --old: whether the names change for SAP, which steps follow, and what is in use."""
    old = on_disk(tmp_path, pem_of(OLD))
    command = ("request", "--old", old, "--subject", subject, "--out", str(tmp_path / "n"), *ON, "--unencrypted")
    told = certrelay.here(*command, "--json")
    assert told.code == DONE
    assert told.json["subject_change"] == change
    assert words in told.words
    assert ("are needed too. In use is: " + DN in told.words) == (change != "unchanged")
    assert told.json["alternative_names_copied"] is True
    assert request_in(tmp_path / "n.csr").is_signature_valid


def test_a_subject_alone(tmp_path: Path) -> None:
    """Without --old the names are typed, and it is said that nothing was compared."""
    told = certrelay.here("request", "--subject", DN, "--out", str(tmp_path), *ON, "--unencrypted", "--json")
    assert told.code == DONE
    assert told.json["subject_change"] is None
    assert told.json["alternative_names_copied"] is False
    assert told.json["request_file"] == str(tmp_path / "erp.csr")
    assert "it is not known whether the names change" in told.words


@pytest.mark.parametrize(
    "words", [(), ("--subject", ""), ("--subject", "erp"), ("--subject", "CN=a", "--key", "dsa")]
)
def test_what_does_not_fit_is_a_usage_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    """No names at all, names that are none, a kind of key that is none: exit 2 and nothing written."""
    told = certrelay.here("request", *words, "--out", str(tmp_path / "n"), "--unencrypted")
    assert told.code == USAGE
    assert list(tmp_path.iterdir()) == []


def test_other_usages_of_the_certificate_in_use_stay(tmp_path: Path) -> None:
    """What the certificate in use is also used for is asked for again, and said."""
    old = handmade(Handmade(subject_from(DN), (usages(SERVER_AUTH, "1.2.3"),)), AUTHORITY)
    told = certrelay.here(
        "request", "--old", on_disk(tmp_path, old), "--out", str(tmp_path / "n"), *ON, "--unencrypted", "--json"
    )
    assert told.json["usages"] == ["serverAuth", "1.2.3", "clientAuth"]


def test_the_certificate_in_use_may_come_with_its_chain(tmp_path: Path) -> None:
    """A bundle in any order gives the names of the sender's certificate; two senders' certificates give none."""
    issued = AUTHORITY.subordinate().issue(DN)
    bundle = on_disk(tmp_path, issued.chain_pem + issued.pem)
    told = certrelay.here("request", "--old", bundle, "--out", str(tmp_path / "n"), *ON, "--unencrypted", "--json")
    assert told.json["subject"] == DN
    two = on_disk(tmp_path, issued.pem + pem_of(OLD), "two.pem")
    told = certrelay.here("request", "--old", two, "--out", str(tmp_path / "m"), *ON, "--unencrypted", "--json")
    assert (told.code, told.json["refused"]) == (REFUSED, "NoSubject")
    assert "more than one certificate" in told.json["sentence"]


def test_a_certificate_without_subject(tmp_path: Path) -> None:
    """There are no names to take, so they have to be said."""
    old = on_disk(tmp_path, handmade(Handmade(extensions=(dns_names("erp.example"),)), AUTHORITY))
    command = ("request", "--old", old, "--out", str(tmp_path / "n"), *ON, "--unencrypted", "--json")
    told = certrelay.here(*command)
    assert (told.code, told.json["refused"]) == (REFUSED, "NoSubject")
    told = certrelay.here(*command, "--subject", DN)
    assert (told.code, told.json["subject_change"]) == (DONE, "changed")


def test_a_private_key_beside_the_certificate_in_use(tmp_path: Path) -> None:
    """It is refused in the words of the intake, and no line of it is repeated."""
    issued = AUTHORITY.issue(DN)
    told = certrelay.here(
        "request", "--old", on_disk(tmp_path, issued.pem.encode() + issued.key_pem()), "--out",
        str(tmp_path / "n"), "--unencrypted", "--json",
    )  # fmt: skip
    assert (told.code, told.json["refused"]) == (REFUSED, "private-key")
    assert "Treat the key as exposed" in told.json["sentence"]
    assert issued.key_pem().splitlines()[1].decode() not in told.out + told.err
    assert not (tmp_path / "n.key").exists()


@pytest.mark.parametrize("ending", ["key", "csr"])
def test_no_file_is_overwritten(tmp_path: Path, ending: str) -> None:
    """A file that is there is named, exit 1, before a passphrase is asked for; nothing is added beside it."""
    there = tmp_path / f"n.{ending}"
    there.write_bytes(b"mine")
    told = certrelay.here("request", "--subject", DN, "--out", str(tmp_path / "n"), "--json")
    assert (told.code, told.json["refused"]) == (REFUSED, "FileThere")
    assert str(there) in told.json["sentence"]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"mine"]


@pytest.mark.parametrize("out", ["no/n", "x" * 300, "file/n"], ids=["no folder", "too long", "below a file"])
def test_a_path_that_cannot_be_written(tmp_path: Path, out: str) -> None:
    """A folder that is not there, a name that is too long: exit 1, with the file and the system's reason."""
    (tmp_path / "file").touch()
    told = certrelay.here("request", "--subject", DN, "--out", str(tmp_path / out), *ON, "--unencrypted", "--json")
    assert (told.code, told.json["refused"]) == (REFUSED, "FileNotWritten")
    assert str(tmp_path / out) in told.json["sentence"]


def test_names_of_files_that_are_no_text(tmp_path: Path) -> None:
    """A path in another encoding is written as it is, and told without breaking the output."""
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/\xfc")
    os.mkdir(folder)
    for words in ((), ("--json",)):
        name = f"{folder}/n{len(words)}"
        told = certrelay.here("request", "--subject", DN, "--out", name, *ON, "--unencrypted", *words)
        assert told.code == DONE, told.words
        assert os.path.exists(f"{name}.key")
        assert certrelay.here("request", "--subject", DN, "--out", name, "--unencrypted", *words).code == REFUSED


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("erp", "erp"),
        ("erp.example.com", "erp.example.com"),
        ("Müller & Söhne", "M-ller-S-hne"),
        ("../../etc/passwd", "etc-passwd"),
        ("語", "certificate"),
        ("-rf", "rf"),
        ("x" * 200, "x" * 64),
    ],
)
def test_the_files_are_named_by_the_common_name(tmp_path: Path, name: str, file: str) -> None:
    """Without a name in --out it is the common name, without what a shell or a path would take for its own."""
    told = certrelay.here(
        "request", "--subject", f"CN={name}", "--out", str(tmp_path), *ON, "--unencrypted", "--json"
    )
    assert told.code == DONE, told.words
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{file}.csr", f"{file}.key"]


def test_a_passphrase_from_a_file_or_the_environment(tmp_path: Path) -> None:
    """The first line of a file, or a variable: the key opens with it, and it is never printed."""
    phrase = on_disk(tmp_path, f"{PHRASE} ü\r\nnot this\n", "phrase")
    for name, words in (("a", ("--passphrase-file", phrase)), ("b", ("--passphrase-env", "ERP_PHRASE"))):
        told = certrelay.here(
            "request", "--subject", DN, "--out", str(tmp_path / name), *ON, *words, ERP_PHRASE=f"{PHRASE} ü"
        )
        assert told.code == DONE, told.words
        assert PHRASE not in told.out + told.err
        key = load_pem_private_key((tmp_path / f"{name}.key").read_bytes(), f"{PHRASE} ü".encode())
        assert key.public_key() == request_in(tmp_path / f"{name}.csr").public_key()
        shows_no_key(told, tmp_path / f"{name}.key")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "There is no terminal to ask"),
        (("--passphrase-env", "NO_SUCH"), "in the environment variable NO_SUCH must have 8 to 1023 octets"),
        (("--passphrase-env", "SHORT"), "must have 8 to 1023 octets"),
        (("--passphrase-file", os.devnull), "in the first line of /dev/null must have 8 to 1023"),
        (("--passphrase-env", "GOOD", "--unencrypted"), "Give only one of"),
        (("--passphrase-env", "GOOD", "--passphrase-file", os.devnull), "Give only one of"),
    ],
    ids=["none", "unset", "short", "empty file", "and unencrypted", "two"],
)
def test_a_passphrase_that_is_none(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """No terminal, an empty or short passphrase, two ways at once: exit 2, nothing written, nothing repeated."""
    told = certrelay.here(
        "request", "--subject", DN, "--out", str(tmp_path / "n"), *ON, *words, SHORT="1234567", GOOD=PHRASE
    )
    assert told.code == USAGE
    assert said in told.words
    assert "1234567" not in told.words.replace("8 to 1023", "")
    assert list(tmp_path.iterdir()) == []


def at_a_terminal(typed: bytes, *words: str) -> tuple[int, bytes, str]:
    """Run the program at a terminal of its own: exit code, what the terminal showed, standard output."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [PROGRAM, "request", *words], stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, start_new_session=True
    )
    os.close(theirs)
    shown = b""
    for line in typed.splitlines(keepends=True):
        while not shown.rstrip().endswith(b":"):
            shown += os.read(ours, 4096)
        os.write(ours, line)
        shown += b"|"
    out, _ = run.communicate(timeout=30)
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # the terminal is gone with its last program
        pass
    os.close(ours)
    return run.returncode, shown, out.decode()


def test_a_passphrase_that_is_typed(tmp_path: Path) -> None:
    """At a terminal it is asked for twice on standard error and not shown; standard output stays data."""
    code, shown, out = at_a_terminal(
        f"{PHRASE}\n{PHRASE}\n".encode(), "--subject", DN, "--out", str(tmp_path / "n"), *ON, "--json"
    )
    assert code == DONE, shown
    assert b"Passphrase for the new key" in shown
    assert PHRASE.encode() not in shown
    assert out.startswith("{")
    load_pem_private_key((tmp_path / "n.key").read_bytes(), PHRASE.encode())


def test_no_network_code_is_loaded_and_no_socket_is_made(tmp_path: Path) -> None:
    """No HTTP client, TLS, event loop or Temporal is loaded, and the system is asked for no socket."""
    program = (
        "import sys\n"
        "def audit(event, arguments):\n"
        "    assert not event.startswith(('socket.', 'urllib.', 'http.', 'subprocess.', 'os.exec')), event\n"
        "sys.addaudithook(audit)\n"
        "from desk.cli import main\n"
        f"words = ['request', '--subject', {DN!r}, '--out', {str(tmp_path / 'n')!r}, '--unencrypted', '--json']\n"
        "try:\n    main(words)\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "unwanted = ('ssl', '_ssl', 'asyncio', 'http', 'urllib.request', 'httpx', 'httpcore', 'temporalio',\n"
        "            'OpenSSL', 'tenant', 'activities', 'smtplib', 'ftplib')\n"
        "print([name for name in unwanted if name in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == "[]"
    assert (tmp_path / "n.csr").exists()


async def test_of_two_programs_at_once_one_wins(tmp_path: Path) -> None:
    """Both start where nothing is; one has both files, the other is refused, and key and request fit."""
    words = ("request", "--subject", DN, "--out", str(tmp_path / "n"), *ON, "--unencrypted", "--json")
    ends = await asyncio.gather(*(certrelay.program(*words) for _ in range(3)))
    assert sorted(told.code for told in ends) == [DONE, REFUSED, REFUSED]
    key = load_pem_private_key((tmp_path / "n.key").read_bytes(), None)
    assert key.public_key() == request_in(tmp_path / "n.csr").public_key()
    for told in ends:
        shows_no_key(told, tmp_path / "n.key")


def test_every_kind_of_key_is_offered() -> None:
    """The words of --key are the kinds; they are written twice so that the help loads no cryptography."""
    assert list(KEYS) == list(KeyKind)
