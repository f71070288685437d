"""A draft that is read in the place of what runs."""

from pathlib import Path

from house import House, Stage, new_names
from temporalio.testing import ActivityEnvironment

from activities.reading import ReadingActivities
from activities.shapes import Read


async def test_a_draft_hides_what_runs(house: House, stage: Stage, tmp_path: Path) -> None:
    """A running flow whose draft no longer lists the old names was not looked at as it runs, and is said so."""
    pair = new_names()
    await stage.flow("Orders", pair.new.facts)
    async with stage.client() as client:
        await client.upload_flow("Orders", "Orders", await client.download_flow("Orders"))
    activities = ReadingActivities(lambda _: stage.client())
    facts = await ActivityEnvironment().run(activities.read_tenant, Read(stage.name, pair.old.facts))
    assert [part.what for part in facts.unreadable] == ["flow Orders as it runs"]
