"""`python -m tenant.flows` in its process: what it prints, where it writes, how it ends."""

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flow_tools import NEW, OLD, OTHER, as_property, changed, member, members, one_channel, replaced, zipped

from process.facts import NamePair
from tenant.flows import SampleChannel, add_names, read_flow, remove_names, sample_flow
from tenant.flows.program.commands import main

FLOW = one_channel(OLD, OTHER)
PARAMETERISED = one_channel(OLD, parameterised=True)
SWAPPED = NamePair("C=DE, O=Old & Sons, CN=old.example", OLD.issuer)


def run(*words: object) -> Result:
    """One call of the program."""
    return CliRunner().invoke(main, [str(word) for word in words])


def names(old: NamePair = OLD, new: NamePair = NEW) -> list[str]:
    """The four options of an edit."""
    return [
        "--old-subject", old.subject, "--old-issuer", old.issuer, "--subject", new.subject, "--issuer", new.issuer
    ]  # fmt: skip


def printed(*words: object) -> dict[str, object]:
    """The JSON of a call that ended well."""
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    value = json.loads(result.stdout)
    assert isinstance(value, dict)
    return value


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    """A flow in a zip."""
    path = tmp_path / "flow.zip"
    path.write_bytes(FLOW)
    return path


def unpacked(folder: Path, zip_bytes: bytes) -> Path:
    """The zip, unpacked into a folder; gives back the path of the .iflw."""
    for name, content in members(zip_bytes).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return next(folder.rglob("*.iflw"))


def test_show_prints_every_channel_as_json(flow: Path) -> None:
    """The stable shape: channels with their values, rows with their origin, notes."""
    shown = printed("show", flow)
    (channel,) = shown["channels"]
    assert {key: channel[key] for key in ("name", "adapter", "protocol", "address", "authorization")} == {
        "name": "Inbound",
        "adapter": "HTTPS",
        "protocol": "None",
        "address": "/sample",
        "authorization": "ClientCertificate",
    }
    assert (channel["authorization_from"], channel["notes"]) == (None, [])
    assert channel["rows"] == [
        {"subject": pair.subject, "issuer": pair.issuer, "subject_from": None, "issuer_from": None}
        for pair in (OLD, OTHER)
    ]


@pytest.mark.parametrize("adapter", ["HTTPS", "SOAP", "XI", "IDOC", "AS2", "AS4", "ODataSender"])
def test_show_tells_stale_tables_and_legacy_rows_apart(tmp_path: Path, adapter: str) -> None:
    """A table that nobody uses, and names on the participant, each have a place of their own and a note."""
    data = sample_flow("F", "F", [SampleChannel("c", adapter, rows=[OLD], authorization="RoleBased")])
    legacy = as_property("subject0", "CN=l") + as_property("issuer0", "CN=ca")
    path = tmp_path / "f.zip"
    path.write_bytes(replaced(data, "<key>ifl:type</key>", legacy + "<key>ifl:type</key>"))
    shown = printed("show", path)
    assert [table["channel"] for table in shown["stale_tables"]] == ["c"]
    (found,) = shown["legacy"]
    assert (found["number"], found["subject"], found["issuer"]) == ("0", "CN=l", "CN=ca")
    assert "without using them" in shown["channels"][0]["notes"][0]
    assert len(shown["notes"]) == 2
    text = run("show", path).stdout
    assert "RoleBased" in text
    assert "Note: " in text


def test_show_says_where_nothing_is_to_show(tmp_path: Path) -> None:
    """A flow without sender channels is read, and said to have none."""
    path = tmp_path / "f.zip"
    path.write_bytes(sample_flow("F", "F", []))
    assert printed("show", path)["channels"] == []
    assert "no sender channel" in run("show", path).stdout


def test_find_tells_three_levels_apart(tmp_path: Path) -> None:
    """Exact, equal by RFC 5280, alike: by name in JSON, in words in the text."""
    path = tmp_path / "f.zip"
    path.write_bytes(one_channel(OLD, NamePair(OLD.subject.upper(), OLD.issuer), SWAPPED))
    asked = ["find", path, "--subject", OLD.subject, "--issuer", OLD.issuer]
    assert [match["match"] for match in printed(*asked)["matches"]] == ["exact", "equal", "alike"]
    text = run(*asked).stdout
    assert "equal by RFC 5280" in text
    assert "looks alike" in text
    assert printed("find", path, "--subject", "CN=x", "--issuer", "CN=y")["matches"] == []
    assert "No row" in run("find", path, "--subject", "CN=x", "--issuer", "CN=y").stdout


def test_add_writes_to_the_output_and_leaves_the_flow(flow: Path, tmp_path: Path) -> None:
    """The output is the proven zip, the input stays, and JSON tells rows before and after with the diff."""
    told = printed("add", flow, *names(), "-o", tmp_path / "out.zip")
    assert (tmp_path / "out.zip").read_bytes() == add_names(FLOW, OLD, NEW).zip_bytes
    assert flow.read_bytes() == FLOW
    (change,) = told["changes"]
    assert [row["subject"] for row in change["after"]] == [OLD.subject, NEW.subject, OTHER.subject]
    assert len(change["before"]) == 2
    assert told["written"] == str(tmp_path / "out.zip")
    assert told["diff"].startswith("--- a/src/main/resources/")


def test_in_place_replaces_the_file_and_keeps_its_rights(flow: Path) -> None:
    """Only when told; the file keeps its mode, and no scratch file is left."""
    flow.chmod(0o640)
    result = run("add", flow, *names(), "--in-place")
    assert result.exit_code == 0
    assert flow.read_bytes() == add_names(FLOW, OLD, NEW).zip_bytes
    assert stat.S_IMODE(flow.stat().st_mode) == 0o640
    assert os.listdir(flow.parent) == [flow.name]
    assert run("remove", flow, *names(NEW, OLD), "--in-place").exit_code == 0
    assert flow.read_bytes() == FLOW


def test_in_place_without_a_change_touches_nothing(flow: Path) -> None:
    """Already there is success, and the file is not even written again."""
    before = flow.stat()
    told = printed("add", flow, *names(OLD, OTHER), "--in-place")
    assert (told["written"], told["changes"]) == (None, [])
    assert (flow.stat().st_ino, flow.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_diff_alone_looks_without_writing(flow: Path) -> None:
    """With --diff and no place for the result, rows and lines are shown and nothing is written."""
    result = run("add", flow, *names(), "--diff")
    assert result.exit_code == 0
    assert f"  + subject {NEW.subject}" in result.stdout
    assert "\n+ " in result.stdout
    assert "Nothing was written." in result.stderr
    assert flow.read_bytes() == FLOW


def test_usage_errors_end_with_two(flow: Path, tmp_path: Path) -> None:
    """No place for the result, two places, the flow itself, a folder for a file, no file at all, a missing option."""
    folder = tmp_path / "folder"
    folder.mkdir()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for words in (
        ["add", flow, *names()],
        ["add", flow, *names(), "-o", tmp_path / "x.zip", "--in-place"],
        ["add", flow, *names(), "-o", flow],
        ["add", flow, *names(), "-o", folder],
        ["add", flow, *names(), "-o", tmp_path / "missing" / "x.zip"],
        ["add", flow, "--subject", "CN=x", "-o", tmp_path / "x.zip"],
        ["show", tmp_path / "missing.zip"],
        ["show", pipe],
        ["find", flow, "--subject", "CN=x"],
    ):
        assert run(*words).exit_code == 2, words
    assert sorted(os.listdir(tmp_path)) == ["flow.zip", "folder", "pipe"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["add", *names(NamePair("CN=nobody", "CN=x"), NEW)], "PairNotListed"),
        (["add", *names(SWAPPED, NEW)], "PairNotListed"),
        (["add", *names(OLD, NamePair("CN={{x}}", "CN=x"))], "NameNotWritable"),
        (["remove", *names(OLD, NEW)], "KeepMissing"),
    ],
)
def test_a_refusal_is_a_sentence_and_ends_with_one(flow: Path, words: list[str], code: str) -> None:
    """Nothing is written; with --json the refusal is an object on standard output, too."""
    command, *options = words
    output = flow.with_name("out.zip")
    result = run(command, flow, *options, "-o", output, "--json")
    assert result.exit_code == 1
    refusal = json.loads(result.stdout)
    assert refusal["refused"] == code
    assert refusal["sentence"] in result.stderr
    assert not output.exists()


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    """No zip, a package export and another artifact are refused with what to use instead."""
    path = tmp_path / "x.zip"
    for data, words in (
        (b"%PDF-1.7", "not a zip file"),
        (zipped({"0_content": FLOW, "resources.cnt": b""}), "single integration flow"),
        (zipped({"a.groovy": b""}), "no .iflw"),
    ):
        path.write_bytes(data)
        result = run("show", path)
        assert result.exit_code == 1
        assert words in result.stderr


def test_a_folder_is_copied_with_the_changed_files(tmp_path: Path) -> None:
    """The copy holds all files, also those that matter to nobody; the original stays."""
    folder = tmp_path / "in"
    unpacked(folder, add_names(PARAMETERISED, OLD, NEW).zip_bytes)
    (folder / "notes.txt").write_text("mine")
    told = printed("remove", folder, *names(), "-o", tmp_path / "out")
    copied = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert copied == {*members(PARAMETERISED), "notes.txt"}
    expected = members(remove_names(add_names(PARAMETERISED, OLD, NEW).zip_bytes, OLD, keep=NEW).zip_bytes)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in expected} == expected
    assert "parameters.prop" in told["diff"]
    assert sorted(os.listdir(tmp_path)) == ["in", "out"]
    assert run("remove", folder, *names(), "-o", tmp_path / "out").exit_code == 2
    assert run("remove", folder, *names(), "-o", folder / "below").exit_code == 2


@pytest.mark.parametrize("whole", [True, False])
def test_a_folder_or_its_flow_is_changed_in_place(tmp_path: Path, whole: bool) -> None:
    """Named by the folder or by the .iflw inside it: both files change, the parameters are found."""
    iflw = unpacked(tmp_path, add_names(PARAMETERISED, OLD, NEW).zip_bytes)
    assert run("remove", tmp_path if whole else iflw, *names(), "--in-place").exit_code == 0
    assert iflw.read_bytes() == member(PARAMETERISED, ".iflw")
    (row,) = printed("show", iflw)["channels"][0]["rows"]
    assert (row["subject"], row["subject_from"]) == (NEW.subject, "SubjectDN")
    assert printed("show", iflw)["symbolic_name"] == "Flow_1"


def test_a_bare_flow_is_written_to_one_file(tmp_path: Path) -> None:
    """Parameters beside it are read; where they would have to change, one file is not enough and it says so."""
    iflw, prop = tmp_path / "a.iflw", tmp_path / "parameters.prop"
    iflw.write_bytes(member(PARAMETERISED, ".iflw"))
    prop.write_bytes(member(PARAMETERISED, "parameters.prop"))
    assert run("add", iflw, *names(), "-o", tmp_path / "b.iflw").exit_code == 0
    assert [row["subject"] for row in printed("show", tmp_path / "b.iflw")["channels"][0]["rows"]] == [
        OLD.subject,
        NEW.subject,
    ]
    result = run("remove", tmp_path / "b.iflw", *names(), "-o", tmp_path / "c.iflw", "--json")
    assert json.loads(result.stdout)["refused"] == "ParametersElsewhere"
    assert not (tmp_path / "c.iflw").exists()
    renamed = tmp_path / "flow.xml"
    renamed.write_bytes(member(FLOW, ".iflw"))
    assert len(printed("show", renamed)["channels"]) == 1


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    """A link could point anywhere: what is behind it is no file of the flow."""
    iflw = unpacked(tmp_path / "real", FLOW)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.iflw").symlink_to(iflw)
    result = run("show", tmp_path / "folder")
    assert result.exit_code == 1
    assert "no .iflw" in result.stderr


def test_diff_compares_two_states(flow: Path, tmp_path: Path) -> None:
    """Rows before and after and the changed lines; two equal states have none of them. Zips and folders mix."""
    after = tmp_path / "after"
    unpacked(after, add_names(FLOW, OLD, NEW).zip_bytes)
    told = printed("diff", flow, after)
    assert [len(told["changes"][0][key]) for key in ("before", "after")] == [2, 3]
    assert told["diff"].count("\n+ ") == 1
    assert told["other_members"] is None
    assert printed("diff", flow, flow) == {"other_members": [], "changes": [], "diff": ""}
    assert "No channel changes." in run("diff", flow, flow).stdout


def test_diff_names_the_other_members_of_zips_that_differ(flow: Path, tmp_path: Path) -> None:
    """An edit of ours changes no other; whatever else differs between two zips is told by name."""
    other = tmp_path / "other.zip"
    other.write_bytes(changed(add_names(FLOW, OLD, NEW).zip_bytes, "MANIFEST.MF", lambda data: data + b"X: y\r\n"))
    assert printed("diff", flow, other)["other_members"] == ["META-INF/MANIFEST.MF"]
    assert "'META-INF/MANIFEST.MF' of the zip differs" in run("diff", flow, other).stdout
    other.write_bytes(add_names(FLOW, OLD, NEW).zip_bytes)
    assert printed("diff", flow, other)["other_members"] == []


def test_find_tells_names_on_participants_apart(tmp_path: Path) -> None:
    """What the first generation left behind is found, and is no row of a channel."""
    legacy = as_property("subject0", "CN=old, C=DE") + as_property("issuer0", "CN=ca")
    path = tmp_path / "f.zip"
    path.write_bytes(replaced(FLOW, "<key>ifl:type</key>", legacy + "<key>ifl:type</key>"))
    asked = ["find", path, "--subject", "cn=OLD,c=de", "--issuer", "CN=ca"]
    found = printed(*asked)
    assert (found["matches"], [pair["match"] for pair in found["legacy"]]) == ([], ["equal"])
    assert "first generation: equal by RFC 5280" in run(*asked).stdout


def test_hostile_text_does_not_reach_the_terminal(tmp_path: Path) -> None:
    """What a parameter holds is shown, but a terminal does not obey it."""
    path = tmp_path / "f.zip"
    path.write_bytes(changed(PARAMETERISED, "parameters.prop", lambda data: data.replace(b"old.ex", b"\\u001b[2Jx")))
    assert "\x1b" not in run("show", path).stdout
    assert "\\u001b" in run("show", path).stdout
    assert read_flow(path.read_bytes()).channels[0].rows[0].subject.startswith("CN=\x1b")
