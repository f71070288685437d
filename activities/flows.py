"""Adding and removing names in one flow: read, edit, upload, save a version, deploy, prove, read back.

Safe to repeat from any point: what is there already is not done again, and a deploy that was ordered before a
crash is waited for, not ordered twice.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.shapes import Change, Evidence
from activities.tenants import Life, OpenTenant, at_tenant
from process.facts import NamePair
from process.spelling import Same, comparison, spelled_alike
from tenant.client import TenantClient
from tenant.errors import DeployUnfinished
from tenant.flows import Edit, add_names, find_rows, read_flow, remove_names
from tenant.model import Flow, RuntimeArtifact, RuntimeStatus
from tenant.runtime import DeployOrder, Watch, prove_deployed
from tenant.settings_shapes import user_of


@dataclass(frozen=True)
class Goal:
    """What a flow shall look like: `present` listed, and nothing left for the edit that gets it there."""

    present: NamePair
    same: Same
    edit: Callable[[bytes], Edit]
    left: str

    def missing(self, content: bytes) -> str:
        """What is not as it should be, in words; empty when the goal is reached. Raises `FlowRefused`."""
        left = [change.channel.name for change in self.edit(content).changes]
        if left:
            return f"the sender channel {', '.join(left)} {self.left}"
        if not find_rows(read_flow(content), self.present, self.same):
            return f"no sender channel lists {self.present.subject}"
        return ""


def _adding(change: Change) -> Goal:
    same = comparison(change.old.names, change.new.names)
    old, new = change.old.names, change.new.names
    left = f"does not list {new.subject} beside the old name"
    return Goal(new, spelled_alike, lambda content: add_names(content, old, new, same), left)


def _removing(change: Change) -> Goal:
    same = comparison(change.old.names, change.new.names)
    old, new = change.old.names, change.new.names
    left = f"still lists {old.subject}"
    return Goal(new, same, lambda content: remove_names(content, old, new, same), left)


@dataclass(frozen=True)
class FlowActivities:
    """Changes flows through the clients that it is given."""

    open_tenant: OpenTenant

    @activity.defn
    async def add_names(self, change: Change) -> Evidence:
        """List the new names beside the old ones in each channel of the flow that lists the old, and deploy."""
        return await self._reach(change, _adding(change))

    @activity.defn
    async def remove_names(self, change: Change) -> Evidence:
        """Remove the old names from each channel of the flow, which must list the new ones, and deploy."""
        return await self._reach(change, _removing(change))

    async def _reach(self, change: Change, goal: Goal) -> Evidence:
        async with at_tenant(self.open_tenant, change.tenant) as (client, life):
            work = FlowWork(client, life, change, goal)
            return await work.check() if change.check_only else await work.carry_out()


@dataclass(frozen=True)
class FlowWork:
    """One attempt at one flow."""

    client: TenantClient
    life: Life
    change: Change
    goal: Goal

    async def carry_out(self) -> Evidence:
        """Edit where that is needed, and see it deployed."""
        flow = await self._listed()
        content = await self.client.download_flow(flow.id)
        edit = self.goal.edit(content)
        if not (self._is_by_us(flow) or (activity.info().heartbeat_details and not edit.changes)):
            self._refuse_foreign_draft(flow)
        if edit.changes:
            await self._refuse_unpublished(flow)
            self.life.say(json.dumps({"doing": f"uploading {flow.id}"}))
            await self.client.upload_flow(flow.id, flow.name, edit.zip_bytes)
        if edit.changes or flow.is_draft:
            await self._save_version()
        await self._check_design_time()
        return await self._see_deployed()

    async def check(self) -> Evidence:
        """The person did it by hand: design time and runtime must show it."""
        self._refuse_foreign_draft(await self._listed())
        await self._check_design_time()
        flow = await self.client.flow(self.change.where)
        seen = await self.client.runtime_artifact(flow.id)
        if seen is None or seen.status is not RuntimeStatus.STARTED or seen.version != flow.version:
            shown = "nothing" if seen is None else f"version {seen.version} {seen.status}"
            raise _not_reached(flow.id, f"version {flow.version} is not started: the runtime shows {shown}")
        return Evidence(f"Flow {flow.id}, checked: version {seen.version} is started since {_at(seen.deployed_on)}.")

    async def _listed(self) -> Flow:
        """The flow as its package lists it: only there a draft shows itself."""
        flow = await self.client.flow(self.change.where)
        for listed in await self.client.flows(flow.package_id):
            if listed.id == flow.id:
                return listed
        raise _not_reached(flow.id, f"its package {flow.package_id} does not list it, so that nobody can see drafts")

    def _is_by_us(self, flow: Flow) -> bool:
        """Whether our technical user changed it last; how a tenant names an OAuth client there is not known."""
        return flow.modified_by == user_of(self.client.settings.login)

    def _refuse_foreign_draft(self, flow: Flow) -> None:
        """A draft without our names holds somebody's unsaved work, which deploying would publish."""
        if flow.is_draft:
            raise ApplicationError(
                f"The flow {flow.id} has changes that were not saved as a version{_by_whom(flow)}. The integration "
                "developer must save and deploy or discard them in the editor, then order the step again.",
                type="FlowIsDraft",
                non_retryable=True,
            )

    async def _refuse_unpublished(self, flow: Flow) -> None:
        """A saved version that does not run is somebody's work as well; an edit on top of it would publish both."""
        running = await self.client.runtime_artifact(flow.id)
        if running is None:
            raise _not_deployed(
                f"Nothing runs of the flow {flow.id}, and deploying it would start what somebody stopped. The "
                "integration developer must deploy it, or leave it so that the next look drops it, then order the "
                "step again."
            )
        if flow.is_draft or self._is_by_us(flow) or not _changed_since(running, flow):
            return
        raise _not_deployed(
            f"The flow {flow.id} was saved as version {flow.version}{_by_whom(flow)}, and what runs is version "
            f"{running.version}, deployed at {_at(running.deployed_on)}. A deploy would publish what else was "
            "changed. The integration developer must deploy that version or go back to the one that runs, then order "
            "the step again."
        )

    async def _save_version(self) -> None:
        flow = await self.client.flow(self.change.where)
        self.life.say(json.dumps({"doing": f"saving a version of {flow.id}"}))
        await self.client.save_version(flow.id, next_version(flow.version))

    async def _check_design_time(self) -> None:
        missing = self.goal.missing(await self.client.download_flow(self.change.where))
        if missing:
            raise _not_reached(self.change.where, missing)

    async def _see_deployed(self) -> Evidence:
        flow = await self.client.flow(self.change.where)
        seen = await self.client.runtime_artifact(flow.id)
        if seen and seen.status is RuntimeStatus.STARTED and _as_designed(seen, flow):
            return Evidence(f"Flow {flow.id}: version {seen.version} is started since {_at(seen.deployed_on)}.")
        order = _ordered_before(flow) or await self._order_unless_starting(flow, seen)
        proved = await self._proved(order)
        text = f"Flow {flow.id}: version {proved.version} is deployed and started since {_at(proved.deployed_on)}."
        return Evidence(text, changed=True)

    async def _proved(self, order: DeployOrder) -> RuntimeArtifact:
        """The deploy, started. One that never starts is ordered anew by the next attempt, not waited for again."""
        try:
            return await prove_deployed(self.client, order, self._watch(order))
        except DeployUnfinished:
            self.life.say(json.dumps({"doing": f"ordering the deploy of {order.flow_id} anew"}))
            raise

    async def _order_unless_starting(self, flow: Flow, seen: RuntimeArtifact | None) -> DeployOrder:
        """An attempt that died before its heartbeat may have ordered it: a start under way is waited for."""
        if seen and seen.status is RuntimeStatus.STARTING and _as_designed(seen, flow):
            return DeployOrder(flow.id, flow.version)
        task_id = await self.client.deploy(flow.id)
        return DeployOrder(flow.id, flow.version, seen.deployed_on if seen else None, task_id)

    def _watch(self, order: DeployOrder) -> Watch:
        settings = self.client.settings
        kept = _kept(order)
        self.life.say(kept)
        return Watch(
            settings.poll_seconds,
            settings.deploy_timeout_seconds,
            time.monotonic,
            asyncio.sleep,
            lambda shown: self.life.say(kept, shown),
        )


def _as_designed(seen: RuntimeArtifact, flow: Flow) -> bool:
    """True when this version was deployed and the design time not touched since, by the tenant's own times.

    The version alone proves nothing: an upload may keep it. Where the times tell nothing, a deploy is due.
    """
    if seen.version != flow.version or seen.deployed_on is None or flow.modified_at is None:
        return False
    return flow.modified_at <= seen.deployed_on


def _changed_since(running: RuntimeArtifact, flow: Flow) -> bool:
    """Another version, or the same one changed after its deploy, as saved values of parameters do."""
    later = bool(flow.modified_at and running.deployed_on and flow.modified_at > running.deployed_on)
    return running.version != flow.version or later


def _not_deployed(sentence: str) -> ApplicationError:
    return ApplicationError(sentence, type="FlowNotDeployed", non_retryable=True)


def _by_whom(flow: Flow) -> str:
    who = f" by {flow.modified_by}" if flow.modified_by else ""
    return f"{who} at {_at(flow.modified_at)}" if flow.modified_at else who


def _kept(order: DeployOrder) -> str:
    """The order as the heartbeat keeps it for the next attempt."""
    before = order.before.isoformat() if order.before else None
    return json.dumps({"order": asdict(order) | {"before": before}})


def _ordered_before(flow: Flow) -> DeployOrder | None:
    """The deploy that an earlier attempt ordered for this version, from its last heartbeat."""
    details = activity.info().heartbeat_details
    order = json.loads(details[0]).get("order") if details else None
    if order is None or order["version"] != flow.version:
        return None
    before = datetime.fromisoformat(order["before"]) if order["before"] else None
    return DeployOrder(order["flow_id"], order["version"], before, order["task_id"])


def next_version(version: str) -> str:
    """The version after this one: the last number is raised. SAP versions are numbers with dots."""
    head, _, last = version.rpartition(".")
    number = int(last) + 1 if last.isdigit() else 1
    return f"{head}.{number}" if head else f"{version}.1" if not last.isdigit() else f"{number}"


def _not_reached(flow: str, what: str) -> ApplicationError:
    return ApplicationError(
        f"The flow {flow} is not as it should be: {what}. The integration developer must look at it in the "
        "editor, then order the step again.",
        type="NotReached",
        non_retryable=True,
    )


def _at(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC") if at else "an unknown time"
