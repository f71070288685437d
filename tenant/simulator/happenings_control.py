"""`/simulator/` calls about what happens to the tenant and what is in it: happenings, loading, senders, keystore.

POST, GET, DELETE happenings · DELETE happenings/{id} · DELETE faults/{id} · POST load · GET senders ·
POST keystore-entries
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tenant.simulator import schedule
from tenant.simulator.faults import clear_faults
from tenant.simulator.happenings import HAPPENING, Place, happen
from tenant.simulator.keystore import CertificateOrder, stage_certificate
from tenant.simulator.landscape import LandscapeOrder, generate, senders
from tenant.simulator.loading import LoadReport, load_folder

ControlCall = Callable[[Request, bytes], Response]
_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class LoadOrder(BaseModel):
    """A folder on the simulator's own machine, or a landscape to be made; `deploy` None as the settings say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path | None = None
    deploy: bool | None = None
    landscape: LandscapeOrder | None = None


class HappeningsControl:
    """Answers those calls; each is called inside a transaction and may raise pydantic's ValidationError."""

    def __init__(self, place: Place, clock: Callable[[], int]) -> None:
        self._place = place
        self._clock = clock

    @property
    def calls(self) -> Mapping[tuple[str, str], ControlCall]:
        """The calls by method and first part of the name."""
        return {
            ("POST", "happenings"): self._order,
            ("GET", "happenings"): self._ordered,
            ("DELETE", "happenings"): self._take_back,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "load"): self._load,
            ("GET", "senders"): self._senders,
            ("POST", "keystore-entries"): self._stage_certificate,
        }

    def catch_up(self, now: int) -> None:
        """Let everything happen that is due at `now`; call it inside a transaction, before anything is answered."""
        schedule.carry_out_due(self._place.state, self._happen, now)

    def _happen(self, order: str, at: int) -> str:
        return happen(self._place, order, at)

    def _order(self, _: Request, body: bytes) -> Response:
        """One order holds the kind's fields and the timing's; what is due at once has happened in the answer."""
        fields = _OBJECT.validate_json(body)
        names = schedule.Timing.model_fields.keys()
        timing = schedule.Timing.model_validate({key: fields.pop(key) for key in names & fields.keys()})
        happening = HAPPENING.validate_python(fields, strict=False)
        now = self._clock()
        order_id = schedule.order(self._place.state, happening.model_dump_json(), timing, now)
        self.catch_up(now)
        return JSONResponse(next(one for one in self._list() if one["id"] == order_id), 201)

    def _list(self) -> list[dict[str, object]]:
        return [
            {**row, "happening": json.loads(str(row["happening"]))} for row in schedule.ordered(self._place.state)
        ]

    def _ordered(self, _: Request, __: bytes) -> Response:
        return JSONResponse({"happenings": self._list()})

    def _take_back(self, request: Request, _: bytes) -> Response:
        return _gone(request, lambda number: schedule.take_back(self._place.state, number))

    def _clear_faults(self, request: Request, _: bytes) -> Response:
        return _gone(request, lambda number: clear_faults(self._place.state, number))

    def _load(self, _: Request, body: bytes) -> Response:
        order = LoadOrder.model_validate_json(body)
        if (order.folder is None) == (order.landscape is None):
            return _said(400, "Name either a folder or a landscape.")
        if order.folder is not None and not order.folder.is_dir():
            return _said(400, f"{order.folder} is no folder on the simulator's machine.")
        return JSONResponse(_report(self._loaded(order)), 201)

    def _loaded(self, order: LoadOrder) -> LoadReport:
        state, settings, now = self._place.state, self._place.settings, self._clock()
        if order.landscape is not None:
            return generate(state, settings, order.landscape, now)
        assert order.folder is not None
        deploy = settings.deploy_loaded if order.deploy is None else order.deploy
        return load_folder(state, settings, order.folder, deploy=deploy, now=now)

    def _senders(self, _: Request, __: bytes) -> Response:
        return JSONResponse({"senders": senders(self._place.state)})

    def _stage_certificate(self, _: Request, body: bytes) -> Response:
        order = CertificateOrder.model_validate_json(body)
        try:
            hex_alias = stage_certificate(self._place.state, order, self._clock())
        except ValueError:
            return _said(400, "The certificate is no PEM certificate.")
        return JSONResponse({"Hexalias": hex_alias}, 201)


def _gone(request: Request, remove: Callable[[int | None], int]) -> Response:
    """All of them, or the one whose number follows in the address; 404 for one that is not there."""
    number = request.path_params["name"].partition("/")[2]
    if not number:
        remove(None)
    elif not number.isdecimal() or not remove(int(number)):
        return _said(404, f"There is no number {number} to take back.")
    return Response(status_code=204)


def _report(report: LoadReport) -> dict[str, object]:
    skipped = [{"path": str(path), "why": why} for path, why in report.skipped]
    return {"added": report.added, "present": report.present, "skipped": skipped}


def _said(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status)
