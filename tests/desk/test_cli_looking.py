"""`certrelay inbox`, `show` and `steps` as people read them."""

from cli_driver import DONE, Line
from house import House, Stage, begin, listed, new_names, same_names


async def test_the_inbox_of_each_role(house: House, stage: Stage, certrelay: Line) -> None:
    """A renewal stands in the inbox of the role that it waits for, with that person's exact command, in no other."""
    play = await begin(house, stage, same_names().old)
    await play.until(lambda case: case.facts_fresh)
    await listed(house, play.id)
    mine = await certrelay("inbox", "--as", "sender:sam")
    theirs = await certrelay("inbox", "--as", "tenant:tina")
    everybody = await certrelay("inbox")
    command = f"certrelay submit {play.id} CERTIFICATE.pem --as sender:"
    assert f"{command}sam" in mine.out
    assert play.id not in theirs.out
    assert f"{command}NAME" in everybody.out
    as_json = await certrelay("inbox", "--as", "sender:sam", "--json")
    line = next(line for line in as_json.json if line["id"] == play.id)
    assert line["commands"] == [f"{command}sam"]
    assert (line["steps"], line["waiting_for"]) == (["2"], ["sender-administrator"])


async def test_show_tells_names_facts_steps_and_commands(house: House, stage: Stage, certrelay: Line) -> None:
    """`show`: both certificates, every step, the channels by name, the command to act, and the record."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts, "/orders")
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    told = await certrelay("show", play.id)
    assert told.code == DONE
    for word in (
        pair.old.facts.fingerprint[:16], pair.new.facts.fingerprint[:16], "CN=erp-2027",
        "(/orders) of flow Orders lists the old names", "Step 3 is open",
        f"certrelay confirm 3 {play.id} --as tenant:NAME --root-confirmed",
        "sam (sender administrator): sender_submits_certificate accepted",
    ):  # fmt: skip
        assert word in told.out
    assert told.err == ""


async def test_steps_need_no_server() -> None:
    """`certrelay steps` prints the table without any server."""
    told = await Line("127.0.0.1:1")("steps")
    assert told.code == DONE
    assert "9b  tenant administrator" in told.out
