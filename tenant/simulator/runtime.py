"""The runtime: deploying, the task of a deploy, runtime artifacts, their errors, undeploying, service endpoints.

What is deployed is a copy of the content at that moment; later edits do not reach it.
"""

import json

from starlette.responses import Response

from tenant.simulator.call import Call, Routes
from tenant.simulator.deployments import (
    addresses_of,
    all_running,
    current,
    deploy,
    flow_ids,
    task,
    undeploy,
)
from tenant.simulator.entities import API_DEFINITIONS, ENDPOINTS, ENTRY_POINTS, RUNTIME, TASKS, Entity
from tenant.simulator.errors import NotAcceptableError, NotFoundError, NotImplementedHereError, entity_missing
from tenant.simulator.flows import find_flow
from tenant.simulator.held_deploys import hold_back
from tenant.simulator.odata import (
    Expansions,
    count_response,
    entity_response,
    expanded_feed_response,
    feed_response,
)
from tenant.simulator.query import Manner, Manners
from tenant.simulator.timeline import Deployment, Shown, task_status

_RUNTIME_MANNERS = Manners(count=Manner.IGNORED, filters=r"(?!.*\bDeployedOn\b).*", joiners=("or",))


def _deploy(call: Call) -> Response:
    flow = find_flow(call.state, call.parameter("Id"), call.parameter("Version"))
    task_id = deploy(call.state, call.settings, flow, call.user, call.now)
    hold_back(call.state, flow["id"], task_id)
    return Response(task_id, 202, media_type="text/plain")


def _task(call: Call) -> Response:
    task_id = call.segments[0].key("TaskId")
    deployment = task(call.state, task_id)
    if deployment is None:
        raise entity_missing()
    return entity_response(call, TASKS, {"TaskId": task_id, "Status": task_status(deployment, call.now)})


def _no_task_list(call: Call) -> Response:
    raise NotImplementedHereError(f"{call.segments[0].name} can be read by key only.")


def _artifact(call: Call) -> Shown:
    found = current(call.state, call.segments[0].key("Id"), call.now)
    if found is None:
        raise entity_missing()
    return found


def _entity(found: Shown) -> Entity:
    return {
        "Id": found.deployment.flow_id,
        "Version": found.deployment.version,
        "Name": found.deployment.name,
        "Type": "INTEGRATION_FLOW",
        "DeployedBy": found.deployment.deployed_by,
        "DeployedOn": found.deployment.visible_at,
        "Status": found.status,
    }


def _list(call: Call) -> Response:
    found = [current(call.state, flow_id, call.now) for flow_id in flow_ids(call.state)]
    return feed_response(call, RUNTIME, [_entity(one) for one in found if one], _RUNTIME_MANNERS)


def _read(call: Call) -> Response:
    return entity_response(call, RUNTIME, _entity(_artifact(call)))


def _undeploy(call: Call) -> Response:
    _artifact(call)
    undeploy(call.state, call.settings, call.segments[0].key("Id"), call.now)
    return Response(status_code=202)


def _error_text(call: Call) -> Response:
    """JSON in the body although only XML may be asked for: that is how tenants answer."""
    found = _artifact(call)
    if "application/json" in call.accept and call.settings.error_information_json == "406":
        raise NotAcceptableError("Not Acceptable")
    told_at = found.deployment.settled_at + round(call.settings.error_information_time * 1000)
    if found.status != "ERROR" or call.now < told_at:
        return Response(status_code=204)
    message = {
        "subsystemName": "CONTENT",
        "subsytemPartName": "CONTENT_DEPLOY",  # spelled like this on tenants
        "messageId": "GenerationFailed",
        "messageText": "",
    }
    body = {"message": message, "parameter": [found.deployment.error]}
    return Response(json.dumps(body), media_type="application/json")


def _no_error_entity(call: Call) -> Response:
    raise NotFoundError("Requested entity could not be found.")


def _endpoint_rows(call: Call) -> list[tuple[Entity, Expansions]]:
    lag = round(call.settings.endpoint_delay * 1000)
    return [
        row
        for deployment in all_running(call.state, call.now)
        if deployment.settled_at + lag <= call.now
        for row in _endpoints_of(call, deployment)
    ]


def _endpoints_of(call: Call, deployment: Deployment) -> list[tuple[Entity, Expansions]]:
    expand = {name.strip() for name in call.query.get("$expand", "").split(",")}
    rows: list[tuple[Entity, Expansions]] = []
    for sender in addresses_of(deployment):
        row: Entity = {
            "Name": deployment.flow_id,
            "Id": f"{deployment.flow_id}$endpointAddress={sender.address}",
            "Title": deployment.name,
            "Version": deployment.version,
            "Summary": "",
            "Description": "",
            "LastUpdated": deployment.visible_at,
            "Protocol": sender.protocol,
        }
        prefix = "http" if sender.protocol == "REST" else "cxf"
        url = f"{call.runtime}{prefix}/{sender.address}"
        entry: Entity = {"Name": deployment.name, "Url": url, "Type": "PROD", "AdditionalInformation": ""}
        known: Expansions = {"EntryPoints": (ENTRY_POINTS, [entry]), "ApiDefinitions": (API_DEFINITIONS, [])}
        rows.append((row, {name: known[name] for name in expand & known.keys()}))
    return rows


def _endpoints(call: Call) -> Response:
    return expanded_feed_response(call, ENDPOINTS, _endpoint_rows(call), Manners())


def _endpoint_count(call: Call) -> Response:
    return count_response(call, ENDPOINTS, [row for row, _ in _endpoint_rows(call)])


ROUTES: Routes = {
    ("POST", "DeployIntegrationDesigntimeArtifact"): _deploy,
    ("GET", "BuildAndDeployStatus"): _no_task_list,
    ("GET", "BuildAndDeployStatus()"): _task,
    ("GET", "IntegrationRuntimeArtifacts"): _list,
    ("GET", "IntegrationRuntimeArtifacts()"): _read,
    ("DELETE", "IntegrationRuntimeArtifacts()"): _undeploy,
    ("GET", "IntegrationRuntimeArtifacts()/ErrorInformation"): _no_error_entity,
    ("GET", "IntegrationRuntimeArtifacts()/ErrorInformation/$value"): _error_text,
    ("GET", "ServiceEndpoints"): _endpoints,
    ("GET", "ServiceEndpoints/$count"): _endpoint_count,
}
