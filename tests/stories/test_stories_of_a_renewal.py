"""Whole renewals on the real server, the real worker and a real simulated tenant over HTTP."""

from house import House, Stage, begin, new_names, same_names

from process.case import Closing


async def test_names_and_mapping(house: House, stage: Stage) -> None:
    """New names, channels and a mapping: the walk is 1 2 3 4a+4b 5 6 7 8 9a+9b 10; each flow is patched twice."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts, "/orders", "/orders/v2")
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    await play.steps("3", "4a", "4b", "5", "6", "7", "8", "9a", "9b", "10")
    case = await play.until(lambda case: case.closed)
    assert case.closing is Closing.COMPLETED
    async with stage.client() as client:
        mappings = await client.user_mappings()
    assert [(m.user, m.fingerprint) for m in mappings] == [("ERP", pair.new.facts.fingerprint)]
    assert await stage.writes("Orders") == 2


async def test_same_names(house: House, stage: Stage) -> None:
    """With the same names, the walk is 1 2 4b 6 7 8 9b: the mapping is renewed and no flow is touched."""
    pair = same_names()
    await stage.flow("Orders", pair.old.facts)
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    await play.steps("4b", "6", "7", "8", "9b")
    case = await play.until(lambda case: case.closed)
    assert case.closing is Closing.COMPLETED
    assert await stage.writes("Orders") == 0
