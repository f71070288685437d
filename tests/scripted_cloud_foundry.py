"""A Cloud Foundry API v3 in memory, for tests of service keys: small, and bad on demand."""

from typing import Any

import httpx
from scripted_keys import Key, ScriptedApi

from tenant.settings import ServiceKeyApiKind


def cf_error(status: int, code: int, title: str, detail: str) -> httpx.Response:
    """Cloud Foundry's error envelope."""
    return httpx.Response(status, json={"errors": [{"code": code, "title": title, "detail": detail}]})


class ScriptedCloudFoundry(ScriptedApi):
    """Credential bindings, jobs, instances of the API v3."""

    def __init__(self, **more: Any) -> None:
        super().__init__(ServiceKeyApiKind.CLOUD_FOUNDRY, **more)

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> httpx.Response:
        """As SAP page 6e5db60 has it."""
        parts = path.removeprefix("/v3/").split("/")
        if parts[0] == "service_instances":
            return self._instances(parts, query)
        if parts[0] == "jobs":
            return self._job(parts[1])
        if method == "POST":
            return self._post(body)
        if len(parts) == 1:
            return self._list(query)
        return self._one(method, parts)

    def _instances(self, parts: list[str], query: dict[str, str]) -> httpx.Response:
        if len(parts) > 1:
            return self.parameters or cf_error(404, 10010, "CF-ResourceNotFound", "no such route")
        assert query["service_plan_names"] == "integration-flow"
        rows = [{"guid": guid, "name": name} for guid, name in self.instances.items()]
        return self._page("service_instances", rows, query)

    def _list(self, query: dict[str, str]) -> httpx.Response:
        assert query["type"] == "key"
        keys = [k for k in self.keys.values() if k.instance in query["service_instance_guids"].split(",")]
        if "names" in query:
            keys = [k for k in keys if k.name == query["names"]]
        rows = [self._row(key) for key in keys]
        for key in keys:
            self.move(key)
        return self._page("service_credential_bindings", rows, query)

    def _page(self, path: str, rows: list[dict[str, Any]], query: dict[str, str]) -> httpx.Response:
        number = int(query.get("page", "1"))
        part = rows[(number - 1) * self.page_size : number * self.page_size]
        more = number * self.page_size < len(rows)
        args = "&".join(f"{k}={v}" for k, v in {**query, "page": str(number + 1)}.items())
        following = {"href": f"https://keys.example/v3/{path}?{args}"} if more else None
        return httpx.Response(200, json={"pagination": {"next": following}, "resources": part})

    def _row(self, key: Key) -> dict[str, Any]:
        last = dict(zip(("type", "state", "description"), key.operation, strict=True)) if key.operation else None
        relation = {"service_instance": {"data": {"guid": key.instance}}}
        return {"guid": key.guid, "name": key.name, "type": "key", "last_operation": last, "relationships": relation}

    def _one(self, method: str, parts: list[str]) -> httpx.Response:
        key = self.keys.get(parts[1])
        if key is None:
            return cf_error(404, 10010, "CF-ResourceNotFound", "Service credential binding not found")
        if method == "DELETE":
            self.order("delete", key)
            return self._accepted(key)
        if parts[2:] == ["details"]:
            return self._details(key)
        row = self._row(key)
        self.move(key)
        return httpx.Response(200, json=row)

    def _details(self, key: Key) -> httpx.Response:
        if key.details is not None:
            return key.details
        if key.credentials is None:
            return cf_error(404, 10010, "CF-ResourceNotFound", "Creation of credential binding in progress")
        return httpx.Response(200, json={"credentials": key.credentials})

    def _post(self, body: dict[str, Any]) -> httpx.Response:
        assert set(body) == {"type", "name", "relationships", "parameters"}
        refusal = self.before_create(body)
        if refusal is not None:
            return refusal
        instance, name = body["relationships"]["service_instance"]["data"]["guid"], body["name"]
        for key in self.keys.values():
            if (key.instance, key.name) == (instance, name) and (key.operation or ())[:2] != ("create", "failed"):
                detail = "The binding name is invalid. Key binding names must be unique."
                return cf_error(422, 10008, "CF-UnprocessableEntity", detail)
        return self._accepted(self.make(name, instance, body["parameters"]))

    def _accepted(self, key: Key) -> httpx.Response:
        return httpx.Response(202, headers={"Location": f"https://keys.example/v3/jobs/{key.guid}"})

    def _job(self, guid: str) -> httpx.Response:
        key = self.keys.get(guid)
        if self.lose_jobs:
            return cf_error(404, 10010, "CF-ResourceNotFound", "Job not found")
        if key is None:
            return httpx.Response(200, json={"guid": guid, "state": "COMPLETE", "errors": []})
        self.move(key)
        failed = (key.operation or ("", "", ""))[1] == "failed"
        if failed and self.job_fails:
            errors = [{"code": 10009, "title": "CF-UnableToPerform", "detail": self.fail}]
            return httpx.Response(200, json={"guid": guid, "state": "FAILED", "errors": errors})
        ended = failed or (key.operation or ("", "", ""))[1] == "succeeded"
        state = "COMPLETE" if ended else "POLLING" if key.polls else "PROCESSING"
        return httpx.Response(200, json={"guid": guid, "state": state, "errors": []})
