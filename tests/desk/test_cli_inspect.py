"""`certrelay inspect`: a verdict with its exit code, findings by stable names, a text to forward."""

import base64
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_driver import DONE, REFUSED, USAGE, Line, Told, on_disk
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from handmade import CLIENT_AUTH, Handmade, dns_names, handmade, usages

from certificates import der_writing as der
from certificates.facts import pem_of
from certificates.rehearsal import SERVER_AUTH, Issued, LeafProfile, RehearsalAuthority
from desk.shapes import SHAPES

ROOT = Path(__file__).parents[2]
UNDECIDED = 4
NOW = datetime.now(UTC).replace(microsecond=0)
AUTHORITY = RehearsalAuthority.create(now=NOW)
BELOW = AUTHORITY.subordinate()
DN = "CN=erp, O=Example, C=DE"
OLD = BELOW.issue(DN, NOW - timedelta(days=23), NOW + timedelta(days=60))
NEW = BELOW.issue(DN)
SERVER = BELOW.issue(DN, profile=LeafProfile(usages=(SERVER_AUTH,)))
STRANGER = RehearsalAuthority.create(name="Other", now=NOW).issue("CN=ERP, O=Example, C=DE")

certrelay = Line("127.0.0.1:1")
"""No server is there, and none is needed."""


@pytest.fixture
def roots(tmp_path: Path) -> str:
    """The list of load balancer roots, with its version."""
    return on_disk(tmp_path, f"# version: 2026-11\n{AUTHORITY.root_pem}", "roots.pem")


@pytest.fixture
def old(tmp_path: Path) -> str:
    """The certificate in use."""
    return on_disk(tmp_path, OLD.pem, "old.pem")


def codes(told: Told) -> set[str]:
    """The codes of all findings."""
    return {finding["code"] for finding in told.json["findings"]}


def test_accepted(tmp_path: Path, roots: str, old: str) -> None:
    """Exit 0, the names of the issue in JSON, times in UTC, names in Java's form."""
    told = certrelay.here("inspect", on_disk(tmp_path, NEW.bundle_pem), "--roots", roots, "--old", old, "--json")
    assert told.code == DONE, told.words
    answer = told.json
    assert set(answer) == set(SHAPES["inspect"].fields)
    assert answer["verdict"] == "accept"
    for finding in answer["findings"]:
        assert set(finding) == {"code", "severity", "certificate", "message", "remedy"}
        assert finding["severity"] in {"warning", "note"}
    leaf = answer["leaf"]
    assert leaf["subject"] == DN
    assert leaf["issuer"] == "CN=Rehearsal Issuing CA, O=Rehearsal, C=DE"
    assert leaf["sha256"] == NEW.facts.fingerprint
    assert leaf["serial"] == NEW.facts.serial
    assert datetime.fromisoformat(leaf["not_after"]) == NEW.facts.not_after
    assert {"not_before", "key", "signature", "san"} <= set(leaf)
    assert [link["subject"].partition(",")[0] for link in answer["chain"]] == [
        "CN=Rehearsal Issuing CA", "CN=Rehearsal Root CA"
    ]  # fmt: skip
    assert answer["names"]["subject"] == answer["names"]["issuer"] == "unchanged"
    assert answer["names"]["differences"] == []


def test_rejected(tmp_path: Path, roots: str, old: str) -> None:
    """Exit 1, and what to ask the certificate authority for, first in the text and beside its finding."""
    file = on_disk(tmp_path, SERVER.bundle_pem)
    told = certrelay.here("inspect", file, "--roots", roots, "--old", old, "--json")
    assert (told.code, told.json["verdict"]) == (REFUSED, "reject")
    (error,) = (finding for finding in told.json["findings"] if finding["severity"] == "error")
    assert (error["code"], error["certificate"]) == ("eku-lacks-client-auth", "leaf")
    text = certrelay.here("inspect", file, "--roots", roots, "--old", old)
    assert text.code == REFUSED
    assert text.out.startswith("REJECTED: ")
    assert f"What is to be done: 1. {error['remedy']}" in text.words
    assert f"[eku-lacks-client-auth, leaf] {error['message']} > {error['remedy']}" in text.words
    assert text.err == ""


def test_a_person_decides(tmp_path: Path, roots: str, old: str) -> None:
    """Exit 4 where the root is not on the list: neither yes nor no is certain, and both engines are quoted."""
    file = on_disk(tmp_path, STRANGER.bundle_pem)
    told = certrelay.here("inspect", file, "--roots", roots, "--old", old, "--json")
    assert (told.code, told.json["verdict"]) == (UNDECIDED, "person")
    assert "root-not-listed" in codes(told)
    assert told.json["names"]["subject"] == "spelling"
    assert told.json["names"]["issuer"] == "changed"
    assert {"attribute": "CN", "old": "erp", "new": "ERP", "rdn": 1} in told.json["names"]["differences"]
    text = certrelay.here("inspect", file, "--roots", roots, "--old", old)
    assert text.code == UNDECIDED
    assert "What the two engines say that judge the chain: - cryptography" in text.words
    assert "- OpenSSL" in text.words
    assert 'CN: in use "erp", new "ERP"' in text.words
    assert "subject DN the same name in another spelling" in text.words


def test_the_text_has_all_that_an_authority_needs(tmp_path: Path, roots: str) -> None:
    """Verdict, time, list of roots, names, serial, digest, validity, key and chain are in the text."""
    told = certrelay.here("inspect", on_disk(tmp_path, NEW.bundle_pem), "--roots", roots, "--at", NOW.isoformat())
    assert told.code == DONE
    facts = NEW.facts
    for part in (
        "ACCEPTED: ", f"Judged for {NOW:%Y-%m-%d %H:%M:%S} UTC", "version 2026-11", DN, facts.names.issuer,
        facts.serial, facts.fingerprint, f"to {facts.not_after:%Y-%m-%d %H:%M:%S} UTC", "EC P-256",
        "ECDSA with SHA-256", "client authentication", "on the list of load balancer roots",
    ):  # fmt: skip
        assert part in told.words
    assert "What is to be done" not in told.words
    assert max(map(len, told.out.splitlines())) <= 110


def test_several_files_are_one(tmp_path: Path, roots: str) -> None:
    """Leaf in one file and chain in others, in any form and order, is as good as all in one."""
    leaf = on_disk(tmp_path, NEW.der, "leaf.der")
    first, root = (on_disk(tmp_path, der, f"{n}.der") for n, der in enumerate(NEW.chain))
    for files in ((leaf, first, root), (root, leaf, first), (leaf, on_disk(tmp_path, NEW.chain_pem, "chain.pem"))):
        told = certrelay.here("inspect", *files, "--roots", roots, "--json")
        assert (told.code, told.json["leaf"]["sha256"]) == (DONE, NEW.facts.fingerprint)
        assert len(told.json["chain"]) == 2
    assert certrelay.here("inspect", leaf).code == REFUSED


def test_standard_input(tmp_path: Path, roots: str) -> None:
    """A dash is standard input, alone or beside files."""
    told = certrelay.here("inspect", "-", "--roots", roots, "--json", stdin=NEW.bundle_pem.encode())
    assert told.code == DONE
    chain = on_disk(tmp_path, NEW.chain_pem)
    assert certrelay.here("inspect", "-", chain, "--roots", roots, stdin=NEW.der).code == DONE


def test_repairs_are_told(tmp_path: Path) -> None:
    """What was repaired is a note, with the file where there are several."""
    quoted = "".join(f"> {line}\n" for line in NEW.pem.splitlines())
    alone = certrelay.here("inspect", on_disk(tmp_path, quoted), "--json")
    beside = certrelay.here(
        "inspect", on_disk(tmp_path, quoted, "mail.txt"), on_disk(tmp_path, NEW.chain_pem, "chain.pem"), "--json"
    )
    for told in (alone, beside):
        (note,) = (finding for finding in told.json["findings"] if finding["code"] == "repaired")
        assert "removed the quotation marks of a mail" in note["message"]
    assert "mail.txt" in note["message"]
    assert beside.code == DONE


def base64_of(data: bytes) -> bytes:
    """Base64 without anything around it."""
    return base64.b64encode(data)


@pytest.mark.parametrize("beside", [b"", NEW.bundle_pem.encode()], ids=["alone", "beside certificates"])
@pytest.mark.parametrize("form", [bytes, base64_of], ids=["PEM", "base64"])
@pytest.mark.parametrize("where", ["alone", "first", "second", "--old", "--roots", "--crl"])
def test_a_private_key_is_refused_wherever_it_is(
    tmp_path: Path, beside: bytes, form: type[bytes], where: str
) -> None:
    """In any file and form: exit 1, the words of the intake, and no line of the key anywhere."""
    key = NEW.key_pem()
    secret, clean = on_disk(tmp_path, beside + form(key), "secret"), on_disk(tmp_path, NEW.bundle_pem, "clean")
    words = {"alone": (secret,), "first": (secret, clean), "second": (clean, secret)}.get(
        where, (clean, where, secret)
    )
    told = certrelay.here("inspect", *words, "--json")
    assert told.code == REFUSED
    if "verdict" in told.json:
        assert (told.json["verdict"], told.json["leaf"], codes(told)) == ("reject", None, {"private-key"})
        said = told.json["findings"][0]["message"]
    else:
        assert told.json["refused"] == "private-key"
        said = told.json["sentence"]
    assert "Treat the key as exposed" in said
    for line in (*key.splitlines()[1:-1], form(key)[:40]):
        if b"BEGIN" not in line:
            assert line.decode() not in told.out + told.err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not-a-certificate"),
        (b"Dear colleagues, the file is attached.", "not-a-certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged"),
        (b"x" * 600_000, "too-large"),
    ],
    ids=["empty", "prose", "damaged", "huge"],
)
def test_what_cannot_be_read_is_rejected(tmp_path: Path, content: bytes, code: str) -> None:
    """A verdict too: reject, one error, no certificate; among several files the one that is meant is named."""
    bad, good = on_disk(tmp_path, content, "bad"), on_disk(tmp_path, NEW.bundle_pem, "good")
    alone = certrelay.here("inspect", bad, "--json")
    among = certrelay.here("inspect", good, bad, "--json")
    for told in (alone, among):
        assert (told.code, told.json["verdict"], codes(told)) == (REFUSED, "reject", {code})
        assert (told.json["leaf"], told.json["chain"], told.json["names"]) == (None, [], None)
    assert among.json["findings"][0]["message"].startswith(f"{bad}: ")
    assert certrelay.here("inspect", bad).out.startswith("REJECTED")


def test_an_endless_file_is_too_large() -> None:
    """No more than the limit is read of anything."""
    told = certrelay.here("inspect", "/dev/zero", "--json")
    assert (told.code, codes(told)) == (REFUSED, {"too-large"})


@pytest.mark.parametrize(
    ("at", "code", "verdict"),
    [
        (NOW.isoformat(), DONE, "accept"),
        (f"{NOW.replace(tzinfo=None).isoformat()}", DONE, "accept"),
        (f"{NOW:%Y-%m-%dT%H:%M:%SZ}", DONE, "accept"),
        ((NOW + timedelta(days=300)).astimezone().isoformat(), DONE, "accept"),
        (f"{NOW + timedelta(days=400):%Y-%m-%d}", REFUSED, "reject"),
        ("2001-01-01", REFUSED, "reject"),
    ],
    ids=["now", "now, no zone", "now, Z", "in 300 days", "after its end", "before its begin"],
)
def test_judged_for_another_time(tmp_path: Path, at: str, code: int, verdict: str) -> None:
    """--at takes ISO 8601 with any offset, none meaning UTC, and a date alone."""
    told = certrelay.here("inspect", on_disk(tmp_path, NEW.bundle_pem), "--at", at, "--json")
    assert (told.code, told.json["verdict"]) == (code, verdict)


@pytest.mark.parametrize("at", ["", "soon", "24.11.2026", "2026-13-01", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_is_none(tmp_path: Path, at: str) -> None:
    """A usage error that shows how a time is written."""
    told = certrelay.here("inspect", on_disk(tmp_path, NEW.bundle_pem), "--at", at)
    assert told.code == USAGE
    assert "2026-11-30T08:00:00Z" in told.words


def test_usage(tmp_path: Path, roots: str) -> None:
    """No file, a missing file, a list or a certificate in use that is none: exit 2, and the option is named."""
    good, prose = on_disk(tmp_path, NEW.bundle_pem, "good"), on_disk(tmp_path, "no certificate here", "prose")
    two = on_disk(tmp_path, OLD.pem + NEW.pem, "two")
    for words, said in (
        ((), "FILE..."),
        (("no-such-file",), "no-such-file"),
        ((good, "--old", prose), "--old: No certificate was found"),
        ((good, "--old", two), "--old: More than one certificate"),
        ((good, "--roots", prose), "--roots: Block 1 of the list"),
    ):
        told = certrelay.here("inspect", *words)
        assert told.code == USAGE, told.words
        assert said in told.words
        assert told.out == ""


def test_the_certificate_in_use_may_come_with_its_chain(tmp_path: Path) -> None:
    """Of a bundle in any order, the sender's certificate is compared."""
    old = on_disk(tmp_path, OLD.chain_pem + OLD.pem, "old.pem")
    told = certrelay.here("inspect", on_disk(tmp_path, NEW.bundle_pem), "--old", old, "--json")
    assert told.json["names"]["subject"] == "unchanged"
    again = certrelay.here("inspect", on_disk(tmp_path, OLD.bundle_pem), "--old", old, "--json")
    assert "same-certificate" in codes(again)


def test_a_revoked_certificate(tmp_path: Path) -> None:
    """--crl: a list that names the certificate rejects it; without a list revocation is said to be unchecked."""
    entry = x509.RevokedCertificateBuilder().serial_number(int(NEW.facts.serial, 16)).revocation_date(NOW).build()
    builder = x509.CertificateRevocationListBuilder().issuer_name(BELOW.certificate.subject)
    builder = builder.last_update(NOW - timedelta(days=1)).next_update(NOW + timedelta(days=9))
    builder = builder.add_extension(x509.CRLNumber(1), critical=False)
    crl = builder.add_revoked_certificate(entry).sign(BELOW.key, hashes.SHA256())
    file = on_disk(tmp_path, NEW.bundle_pem)
    told = certrelay.here(
        "inspect", file, "--crl", on_disk(tmp_path, crl.public_bytes(Encoding.PEM), "crl.pem"), "--json"
    )
    assert told.code == REFUSED
    assert "revoked" in codes(told)
    assert "revocation-unchecked" in codes(certrelay.here("inspect", file, "--json"))


def test_a_name_cannot_command_the_terminal(tmp_path: Path) -> None:
    """Control characters and marks that turn the direction of text are written as their code points."""
    value = "erp\x1b[2J\u202e\u009b1m"
    subject = der.sequence(der.set_of(der.sequence(der.oid("2.5.4.3"), der.value(0x0C, value.encode()))))
    leaf = handmade(Handmade(subject, (usages(CLIENT_AUTH),)), AUTHORITY)
    told = certrelay.here("inspect", on_disk(tmp_path, pem_of(leaf)))
    assert "erp<U+001B>[2J<U+202E><U+009B>1m" in told.words
    assert not {"\x1b", "\u202e", "\u009b"} & set(told.out + told.err)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not on this machine")
def test_what_comes_of_a_request_has_unchanged_names(tmp_path: Path) -> None:
    """From the old certificate by `request` and a certificate authority to `inspect`: hard names stay as they are."""
    hard = der.sequence(
        der.set_of(der.sequence(der.oid("2.5.4.6"), der.value(0x13, b"DE"))),
        der.set_of(
            der.sequence(der.oid("2.5.4.10"), der.value(0x14, "Müller, Söhne".encode("latin-1"))),
            der.sequence(der.oid("2.5.4.11"), der.value(0x1E, "Straße".encode("utf-16-be"))),
        ),
        der.set_of(der.sequence(der.oid("2.5.4.3"), der.value(0x0C, b"erp"))),
    )
    old = handmade(Handmade(hard, (usages(CLIENT_AUTH), dns_names("erp.example"))), AUTHORITY)
    old_file = on_disk(tmp_path, pem_of(old), "old.pem")
    made = certrelay.here(
        "request", "--old", old_file, "--out", str(tmp_path / "new"), "--key", "p256", "--unencrypted", "--json"
    )
    assert made.code == DONE, made.words
    root = on_disk(tmp_path, AUTHORITY.root_pem, "root.pem")
    key = AUTHORITY.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    subprocess.run(
        [
            "openssl", "x509", "-req", "-in", made.json["request_file"], "-CA", root, "-days", "365",
            "-CAkey", on_disk(tmp_path, key, "ca.key"), "-copy_extensions", "copyall", "-out", tmp_path / "new.pem",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    told = certrelay.here("inspect", str(tmp_path / "new.pem"), root, "--old", old_file, "--roots", root, "--json")
    assert told.code == DONE, told.words
    assert told.json["names"]["subject"] == told.json["names"]["issuer"] == "unchanged"
    assert told.json["leaf"]["subject"] == made.json["subject"]
    assert told.json["leaf"]["san"] == ["DNS:erp.example"]
    assert not codes(told) & {"key-reused", "same-certificate", "key-usage", "san-changed", "eku-changed"}


@pytest.mark.parametrize(
    ("issued", "code", "verdict"),
    [(NEW, DONE, "accept"), (SERVER, REFUSED, "reject"), (STRANGER, UNDECIDED, "person")],
)
async def test_the_program(tmp_path: Path, issued: Issued, code: int, verdict: str) -> None:
    """The real program ends with the code of its verdict, data on standard output and nothing beside it."""
    roots = on_disk(tmp_path, AUTHORITY.root_pem, "roots.pem")
    told = await certrelay.program("inspect", "-", "--roots", roots, "--json", stdin=issued.bundle_pem.encode())
    assert (told.code, told.json["verdict"], told.err) == (code, verdict, "")


def test_no_server_is_asked(tmp_path: Path) -> None:
    """The system is asked for no socket, and neither Temporal nor an HTTP client is loaded."""
    file = on_disk(tmp_path, NEW.bundle_pem)
    program = (
        "import sys\n"
        "def audit(event, arguments):\n"
        "    assert not event.startswith(('socket.', 'urllib.', 'http.', 'subprocess.')), event\n"
        "sys.addaudithook(audit)\n"
        "from desk.cli import main\n"
        f"try:\n    main(['inspect', {file!r}, '--json'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "unwanted = ('asyncio', 'http.client', 'urllib.request', 'httpx', 'temporalio', 'tenant', 'activities')\n"
        "print([name for name in unwanted if name in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    head, _, last = run.stdout.rstrip().rpartition("\n")
    assert (json.loads(head)["verdict"], last) == ("accept", "[]")
