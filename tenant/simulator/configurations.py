"""Configurations: the externalised parameters of a flow, read and set without touching the rest of its zip.

A new value is written into parameters.prop of the design-time zip; it reaches the runtime with the next deploy.
"""

from starlette.responses import Response

from tenant.simulator import texts
from tenant.simulator.bundle import Bundle, with_parameter
from tenant.simulator.call import Call, Routes
from tenant.simulator.entities import CONFIGURATIONS, Entity
from tenant.simulator.errors import BadRequestError, NotFoundError
from tenant.simulator.flows import addressed_flow
from tenant.simulator.locks import check_unlocked
from tenant.simulator.odata import count_response, feed_response
from tenant.simulator.query import Manners


def _entities(call: Call) -> list[Entity]:
    bundle = Bundle(addressed_flow(call)["content"])
    types = bundle.parameter_types()
    return [
        {
            "ParameterKey": key,
            "ParameterValue": value,
            "DataType": types.get(key, "xsd:string"),
            "Description": "",
        }
        for key, value in bundle.parameters().items()
    ]


def _list(call: Call) -> Response:
    return feed_response(call, CONFIGURATIONS, _entities(call), Manners())


def _count(call: Call) -> Response:
    return count_response(call, CONFIGURATIONS, _entities(call))


def _set(call: Call) -> Response:
    flow = addressed_flow(call)
    key = call.segments[2].key("ParameterKey")
    value = call.json_body().get("ParameterValue")
    if not isinstance(value, str):
        raise BadRequestError(texts.PARAMETER_BODY)
    if key not in Bundle(flow["content"]).parameters():
        raise NotFoundError(texts.PARAMETER_MISSING.format(key=key))
    check_unlocked(call, flow["id"], "update")
    call.state.change(
        "UPDATE flows SET content = ?, modified_by = ?, modified_at = ? WHERE id = ?",
        with_parameter(flow["content"], key, value), call.user, call.now, flow["id"],
    )  # fmt: skip
    return Response(status_code=202)


ROUTES: Routes = {
    ("GET", "IntegrationDesigntimeArtifacts()/Configurations"): _list,
    ("GET", "IntegrationDesigntimeArtifacts()/Configurations/$count"): _count,
    ("PUT", "IntegrationDesigntimeArtifacts()/$links/Configurations()"): _set,
}
