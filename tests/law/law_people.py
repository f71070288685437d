"""One renewal of the law: its people act in order and mend what they can, and its sender never pauses."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from house import NAMES
from law_certificates import Certificates
from law_draws import Draw, Trouble, Turn
from law_hands import Hands
from law_sender import LawSender
from law_troubles import Scene
from law_world import LawTenant, LawWorld
from temporalio.service import RPCError

from certificates.rehearsal import Issued
from desk.desk import Desk
from desk.refusals import ActRefused, NotReachable, RenewalEnded
from process.case import Case, Closing, Outcome
from process.expiry import Registered
from process.open import open_steps
from process.steps import BY_ID, Role, Step
from tenant.errors import TenantError
from tenant.flows import FlowRefused
from workflows.messages import MESSAGES
from workflows.policies import Patience

PATIENCE = Patience(
    reading=timedelta(seconds=60),
    changing=timedelta(seconds=15),
    registering=timedelta(seconds=60),
    look_every=timedelta(seconds=15),
    look_again_after=timedelta(seconds=5),
)
MOST_TURNS = 80
"""How often the people look and act before they give up."""

REST = 120.0
"""Seconds until something must be open again."""

LIFE = 150.0
"""Seconds until a renewal counts as stuck, whatever its people do."""

GLANCE = 0.05
"""Seconds before people look at what moved: several moves in a row are one to them."""

AT_LEAST = 5.0
"""Seconds after which people look although nothing told them to."""

EVERY = 0.1
"""Seconds between two messages of a sender."""

MIXED = 8
"""Messages between release and switch, with the old certificate or the new one as it comes, two for each node."""

AFTERWARDS = 8
"""Messages that must still be sent after the end, two for each node."""


@dataclass
class Life:
    """What is known of one renewal of the law while it lives and afterwards."""

    world: LawWorld
    tenant: LawTenant
    draw: Draw
    seed: int
    sender: LawSender
    certificates: Certificates
    hands: Hands
    desk: Desk
    id: str = ""
    end: str = "unfinished"
    case: Case | None = None
    alarms: int = 0
    heard: Counter[str] = field(default_factory=Counter)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _happened: set[Any] = field(default_factory=set)
    _gone_back: bool = False

    @property
    def new(self) -> Issued:
        """The certificate that was accepted last."""
        accepted = self.case.new if self.case else None
        return next(c for c in self.certificates.issued if accepted and c.facts.fingerprint == accepted.fingerprint)

    @property
    def chance(self) -> random.Random:
        """Chance that depends on this renewal and the turn alone."""
        return random.Random(f"{self.seed}/{self.draw.number}/{len(self._happened)}")

    async def live(self) -> None:
        """From the start to the end; whatever the end is, it is written down."""
        await self.hands.stage()
        await self.sender.present(self.certificates.old)
        sending, acting = asyncio.create_task(self.sender.run()), asyncio.create_task(self._act_to_the_end())
        try:
            await asyncio.wait((sending, acting), timeout=LIFE, return_when=asyncio.FIRST_COMPLETED)
            if sending.done() or acting.done():
                await (sending if sending.done() else acting)
        except TimeoutError:
            self.end = f"stuck: {await self._under_way()}"
        except NotReachable as error:
            self.end = f"lost: {error}"
        finally:
            await _stopped(sending, acting)

    async def _under_way(self) -> str:
        """What Temporal says of a renewal that does not go on."""
        handle = self.desk.client.get_workflow_handle(self.id)
        found = (await handle.describe()).raw_description
        activities = "; ".join(
            f"{a.activity_type.name} attempt {a.attempt} {a.last_failure.message}" for a in found.pending_activities
        )
        return f"activities [{activities}], workflow task pending: {found.HasField('pending_workflow_task')}"

    async def _act_to_the_end(self) -> None:
        await self.sender.some(2)
        async with self._watching():
            await self._walk()
        await self.sender.some(AFTERWARDS)

    async def _walk(self) -> None:
        registered = Registered(self.tenant.stage.name, f"S{self.draw.number}", self.certificates.old.facts, {})
        self.id = await self.desk.start(registered, patience=PATIENCE)
        self._moved.set()
        for _ in range(MOST_TURNS):
            case = await self._until(_rests)
            self._note(case)
            if case.closed:
                self.end = str(case.closing)
                await self._present_as_told(case)
                return
            await self._turn(case)
        self.end = "given up"

    def _note(self, case: Case) -> None:
        self.case = case
        self.alarms = sum(entry.outcome is Outcome.ALARM for entry in case.record)

    async def _turn(self, case: Case) -> None:
        """What happens now by chance, what people do beside the steps, else the steps that are open."""
        await self._present_as_told(case)
        step = open_steps(case)[0]
        for moment in self.draw.troubles:
            if moment not in self._happened and step.number >= moment[0] and self._fits(moment[1], step):
                self._happened.add(moment)
                await self._scene().happen(moment[1])
        for flow in case.seen.not_running if case.seen else ():
            await self._deploy_again(flow)
        if step.id == "2":
            await self._submit()
        elif not await self._beside(case, step):
            same = [one for one in open_steps(case) if one.number == step.number]
            await asyncio.gather(*(self._take(one) for one in same))

    def _fits(self, trouble: Trouble, step: Step) -> bool:
        """What would hurt by itself once the sender may present the new certificate happens only before."""
        drift = trouble in (Trouble.TRANSPORTED, Trouble.DELETED)
        return not drift or step.number in (5, 6)

    def _scene(self) -> Scene:
        new = self.new if self.case and self.case.new else None
        return Scene(self.tenant, self.hands.flows, self.hands.user, new, self.chance)

    async def _submit(self) -> None:
        if not self.certificates.issued:
            self.certificates.successor()
        bundle = self.certificates.issued[-1].bundle_pem
        await self._act("sender_submits_certificate", Role.SENDER_ADMINISTRATOR, certificate=bundle)

    async def _replace(self) -> None:
        self.certificates.successor()
        await self._submit()

    async def _beside(self, case: Case, step: Step) -> bool:
        """A turn of the people beside the steps, if it is time for one."""
        for turn, due in _DUE.items():
            if turn in self.draw.turns and turn not in self._happened and due(case, step):
                await self._carry_out(turn, case)
                return True
        return False

    async def _carry_out(self, turn: Turn, case: Case) -> None:
        if turn in (Turn.REPLACED_EARLY, Turn.REPLACED_LATE):
            self._happened.add(turn)
            await self._replace()
        elif turn is Turn.BACK_AND_FORTH:
            self._happened.add(turn)
            await self._switch_back()
        elif turn is Turn.BACK_AND_WITHDRAWN and not case.switched_back:
            self._gone_back = True
            await self._switch_back()
        else:
            await self._act("withdraw", Role.TENANT_ADMINISTRATOR, text="the CA must issue again")

    async def _switch_back(self) -> None:
        await self.sender.present(self.certificates.old)
        await self._act("switch_back", Role.SENDER_ADMINISTRATOR, text="the partner's log shows errors")

    async def _take(self, step: Step) -> None:
        """One step by the person who has its role."""
        content: dict[str, Any] = {}
        if step.id in ("3", "6"):
            content["root_confirmed"] = "looked up on SAP's list"
        if step.id in ("4b", "9b") and self.tenant.cloud_foundry:
            content["pinned"] = "pinned" if self.draw.pinned else "not pinned"
        if step.id in ("4a", "4b") and self.draw.by_hand and step.id not in self._happened:
            self._happened.add(step.id)
            content["by_hand"] = await self._by_hand(step.id)
        if step.id == "6":
            await asyncio.sleep(self.tenant.lag)  # the mail takes longer than the last node, and nothing shows it
        if step.id == "7" and not self.draw.one_way:
            await self.sender.some(MIXED)
        if step.id == "8" or (step.id == "7" and self.draw.one_way):
            await self.sender.present(self.new)
        assert step.act is not None
        await self._act(step.act, step.role, **content)

    async def _present_as_told(self, case: Case) -> None:
        """What the sender may present by what it was told: old until 6, any of both until 8, then new."""
        released = [
            c for c in self.certificates.issued if any(r.fingerprint == c.facts.fingerprint for r in case.released)
        ]
        old = self.certificates.old
        if case.closing in (Closing.WITHDRAWING, Closing.WITHDRAWN) or self._gone_back or not released:
            await self.sender.present(old)
        elif case.is_done("8"):
            await self.sender.present(self.new)
        elif self.draw.one_way:
            await self.sender.present(released[-1] if case.is_done("7") else old)
        else:
            await self.sender.present(old, *released)

    async def _act(self, act: str, role: Role, **content: Any) -> None:
        """An act, until it is on the record; a refusal is heard, and people look again."""
        request_id = str(uuid.uuid4())
        message = MESSAGES[act](request_id=request_id, by=NAMES[role], role=role, **content)
        try:
            answer = await self.desk.act(self.id, act, message)
            if answer.later:
                await self._until(lambda case: case.entry_of(request_id) is not None or case.closed)
        except ActRefused as refused:
            self.heard[refused.code] += 1
            await self._look_again(refused)
        except RenewalEnded:
            self.heard["RenewalEnded"] += 1

    async def _look_again(self, refused: ActRefused) -> None:
        """Something stands in the way that people did not make: the next look may show it gone."""
        if refused.code in ("WouldRefuse", "NotLookedAt"):
            seen = (await self._case()).looked_at
            with suppress(TimeoutError):
                await self._until(lambda case: case.looked_at != seen or case.closed, 10)

    async def _by_hand(self, step: str) -> bool:
        """The person changes the tenant without us. False where it did not let them, so that we are asked to."""
        try:
            return await (self.hands.map_new(self.new) if step == "4b" else self.hands.edit(self.new))
        except (TenantError, FlowRefused) as error:
            self.heard[f"by hand: {type(error).__name__}"] += 1
            return False

    async def _deploy_again(self, flow: str) -> None:
        """The developer heard that nothing of the flow runs."""
        try:
            await self.hands.deploy_again(flow)
        except (TenantError, FlowRefused) as error:
            self.heard[f"by hand: {type(error).__name__}"] += 1

    async def _until(self, wanted: Callable[[Case], bool], seconds: float = REST) -> Case:
        async with asyncio.timeout(seconds):
            while True:
                self._moved.clear()
                case = await self._case()
                self._note(case)
                if wanted(case):
                    return case
                with suppress(TimeoutError):  # a move is told by a stream of the server, which a restart may end
                    await asyncio.wait_for(self._moved.wait(), AT_LEAST)
                await asyncio.sleep(GLANCE)

    async def _case(self) -> Case:
        while True:
            try:
                return await self.desk.case(self.id)
            except NotReachable:  # the worker was killed; the query is asked of the next one
                self.heard["no worker"] += 1
                await asyncio.sleep(0.3)

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        """While the block runs, every move of the workflow wakes whoever waits for one."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _watch(self) -> None:
        await self._moved.wait()  # it is started
        handle = self.desk.client.get_workflow_handle(self.id)
        while True:
            with suppress(RPCError):
                async for event in handle.fetch_history_events(wait_new_event=True, skip_archival=True):
                    if event.HasField("workflow_task_completed_event_attributes"):
                        self._moved.set()
                self._moved.set()
                return

    def report(self) -> str:
        """Everything that helps to understand what happened."""
        settings, case = self.tenant.settings, self.case
        known = [c.facts.fingerprint[:16] for c in (self.certificates.old, *self.certificates.issued)]
        told = [f"{e.at:%H:%M:%S.%f} {e.act} {e.outcome} {e.text}" for e in (case.record if case else ())]
        return "\n".join(
            [
                f"seed {self.seed}, {self.draw}",
                f"on {self.tenant.stage.name} ({settings.profile}, {settings.started_means}): {self.end}",
                f"touched {case and case.touched}, pending {case and [effect.key for effect in case.pending]}",
                f"certificates {known}; refusals heard {dict(self.heard)}",
                *(f"refused: {one}" for one in self.sender.refused[:5]),
                *(f"failed: {one}" for one in self.sender.failed[:3]),
                *told[-40:],
                self.tenant.trace(f"R{self.draw.number}"),
            ]
        )


async def _stopped(*tasks: asyncio.Task[None]) -> None:
    """Cancel them until they are: a call to Temporal that is cut off says so with an error of its own."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=1)


def _rests(case: Case) -> bool:
    """Nothing is under way, and somebody can act."""
    if case.closed:
        return True
    busy = case.submission is not None or case.pending or case.closing is not None
    return not busy and bool(open_steps(case)) and not any(case.is_ordered(step) for step in BY_ID)


_DUE: dict[Turn, Callable[[Case, Step], bool]] = {
    Turn.REPLACED_EARLY: lambda case, step: step.number == 6 and not case.released,
    Turn.WITHDRAWN: lambda case, step: step.number == 6 and not case.released,
    Turn.REPLACED_LATE: lambda case, step: step.number in (7, 8) and bool(case.released),
    Turn.BACK_AND_FORTH: lambda case, step: case.is_done("7") and not case.removed_old,
    Turn.BACK_AND_WITHDRAWN: lambda case, step: bool(case.released) and not case.removed_old,
}


def life_of(world: LawWorld, tenant: LawTenant, draw: Draw, seed: int, folder: Path) -> Life:
    """A renewal that has not begun."""
    certificates = Certificates(draw.number, draw.names)
    hands = Hands(tenant, draw, certificates)
    urls = [f"{tenant.side.url}/http{path}" for path in hands.paths]
    sender = LawSender.made(folder / f"S{draw.number}", tenant.side.ca, urls, EVERY, seed + draw.number)
    return Life(world, tenant, draw, seed, sender, certificates, hands, Desk(world.client))
