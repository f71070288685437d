"""A Service Manager in memory, for tests of service keys: small, and bad on demand."""

from typing import Any
from urllib.parse import unquote

import httpx
from scripted_keys import Key, ScriptedApi

from tenant.settings import ServiceKeyApiKind


class ScriptedServiceManager(ScriptedApi):
    """Service bindings and their operations. With `polls` 0 it answers at once."""

    def __init__(self, **more: Any) -> None:
        super().__init__(ServiceKeyApiKind.SERVICE_MANAGER, **more)
        self.gone_status = 404
        self.hide_last = 0

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> httpx.Response:
        """As the Service Manager does it."""
        parts = path.removeprefix("/v1/service_bindings").strip("/").split("/")
        if method == "POST":
            return self._post(body)
        if parts == [""]:
            return self._list(query)
        key = self.keys.get(parts[0])
        if key is None or (parts[1:] and self.lose_jobs):
            return httpx.Response(self.gone_status, json={"error": "NotFound", "description": "not found"})
        if method == "DELETE":
            self.order("delete", key)
            return self._ordered(key, httpx.Response(200, json={}))
        row = self._row(key)
        self.move(key)
        if parts[1:]:
            return httpx.Response(200, json=row["last_operation"])
        return key.details or httpx.Response(200, json=row)

    def _list(self, query: dict[str, str]) -> httpx.Response:
        keys = list(self.keys.values())
        if "fieldQuery" in query:
            wanted = unquote(query["fieldQuery"]).removeprefix("service_instance_id eq '").removesuffix("'")
            keys = [key for key in keys if key.instance == wanted]
        rows = [self._row(key) for key in keys]
        for key in keys:
            self.move(key)
        start = int(query.get("token", "0"))
        part, end = rows[start : start + self.page_size], start + self.page_size
        more = {"token": str(end)} if end < len(rows) else {}
        part = part[: len(part) - self.hide_last]
        return httpx.Response(200, json={"num_items": len(rows), "items": part, **more})

    def _row(self, key: Key) -> dict[str, Any]:
        words = {"failed": "failed", "succeeded": "succeeded", "in progress": "in progress", "initial": "pending"}
        type, state, text = key.operation or ("create", "succeeded", "")
        last = {"id": "op", "type": type, "state": words[state], "errors": {"description": text} if text else None}
        context = {"instance_name": self.instances[key.instance], "platform": "sapcp"}
        row = {"id": key.guid, "name": key.name, "service_instance_id": key.instance, "context": context}
        return {**row, "ready": True, "credentials": key.credentials, "last_operation": last}

    def _post(self, body: dict[str, Any]) -> httpx.Response:
        assert set(body) == {"name", "service_instance_id", "parameters"}
        refusal = self.before_create(body)
        if refusal is not None:
            return refusal
        key = self.make(body["name"], body["service_instance_id"], body["parameters"])
        return self._ordered(key, httpx.Response(201, json=self._row(key)))

    def _ordered(self, key: Key, done: httpx.Response) -> httpx.Response:
        if key.guid not in self.keys or (key.operation or ("", "", ""))[1] == "succeeded":
            return done
        return httpx.Response(202, headers={"Location": f"/v1/service_bindings/{key.guid}/operations/op"}, json={})
