# SPDX-License-Identifier: LGPL-2.1-or-later
"""data/openapi.yaml is what is served: every route is in it, every answer is as it says."""

import json
import os
import pathlib
import subprocess

import jsonschema
import pytest
import yaml

FILE = pathlib.Path(__file__).resolve().parents[2] / "data/openapi.yaml"
API = yaml.safe_load(FILE.read_text())
METHODS = {"get", "put", "post", "patch", "delete"}


def resolved(node: dict) -> dict:
    while "$ref" in node:
        target = API
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/")]
        node = target
    return node


def query_parameters(item: dict, operation: dict) -> list[str]:
    parameters = [resolved(node) for node in item.get("parameters", []) + operation.get("parameters", [])]
    return sorted(node["name"] for node in parameters if node["in"] == "query")


def test_every_route_is_described_and_every_description_is_a_route(build_dir):
    printed = subprocess.run([build_dir / "tests/unit/print-http-routes"], capture_output=True, text=True, check=True,
                             env=os.environ | {"GSETTINGS_SCHEMA_DIR": f"{build_dir}/data"}).stdout
    served = {}
    for line in printed.splitlines():
        method, pattern, query = line.split()
        served[method, pattern] = [] if query == "-" else sorted(query.split(","))
    described = {(method.upper(), path): query_parameters(item, item[method])
                 for path, item in API["paths"].items() for method in METHODS & set(item)}
    assert served == described


def test_it_is_served_as_it_is(tytod):
    service = tytod()
    for path in ("/openapi.yaml", "/api/v1/openapi.yaml"):
        code, headers, body = service.request("GET", path)
        assert (code, headers["Content-Type"], body) == (200, "application/yaml", FILE.read_bytes())
    version = service.api("GET", "/api/v1/status")["version"]
    assert API["info"]["version"] == version


def check(service, method: str, path: str, pattern: str, body=None, status: int = 200):
    """Asks, and compares the answer with the schema of that operation, status and media type."""
    code, headers, answer = service.request(method, path, body)
    assert code == status, answer
    responses = API["paths"][pattern][method.lower()]["responses"]
    response = resolved(responses[str(code)])
    if "content" not in response:
        assert answer == b""
        return None
    media = headers["Content-Type"].partition(";")[0]
    if not media.endswith("json"):
        assert media in response["content"]
        return answer
    value = json.loads(answer)
    schema = response["content"][media]["schema"]
    resolver = jsonschema.RefResolver.from_schema(API)
    jsonschema.Draft202012Validator(schema, resolver=resolver).validate(value)
    return value


CAMERA, SEGMENT = "/api/v1/cameras/{id}", "/api/v1/segments/{id}"


@pytest.fixture
def recording(tytod, camsim, wait_for):
    service = tytod(segment_seconds=1)
    url = camsim("--cameras", "1", "--gop", "0.5").url(1)
    check(service, "POST", "/api/v1/cameras", "/api/v1/cameras", {"id": "a", "url": url}, 201)
    check(service, "PUT", "/api/v1/cameras/dead", CAMERA, {"url": "rtsp://127.0.0.1:9/x"}, 201)
    wait_for(lambda: service.api("GET", "/api/v1/segments")["items"], "a segment", 20)
    return service


def test_answers_are_as_described(recording, wait_for):
    service = recording
    for path in ("/", "/health", "/livez", "/metrics", "/api/v1/status", "/api/v1/cameras", "/api/v1/recording/status",
                 "/api/v1/gaps", "/api/v1/segments"):
        check(service, "GET", path, path)
    catalogue = "/api/v1/catalogue/"
    check(service, "GET", catalogue + "check", catalogue + "check")
    check(service, "POST", catalogue + "check", catalogue + "check", status=202)
    wait_for(lambda: service.api("GET", catalogue + "check")["state"] == "done", "the check")
    check(service, "POST", catalogue + "rebuild", catalogue + "rebuild", status=202)
    check(service, "GET", catalogue + "check", catalogue + "check")
    segment = service.api("GET", "/api/v1/segments")["items"][0]["id"]
    check(service, "GET", f"/api/v1/segments/{segment}", SEGMENT)
    check(service, "GET", f"/api/v1/segments/{segment}/file", SEGMENT + "/file")
    check(service, "GET", "/api/v1/segments/none", SEGMENT, status=404)
    check(service, "GET", "/api/v1/cameras/a", CAMERA)
    check(service, "GET", "/api/v1/cameras/dead", CAMERA)
    check(service, "GET", "/api/v1/cameras/none", CAMERA, status=404)
    check(service, "PATCH", "/api/v1/cameras/a", CAMERA, {"name": "A"})
    check(service, "PATCH", "/api/v1/cameras/a", CAMERA, {"nome": "A"}, 400)
    check(service, "GET", "/api/v1/cameras/a/pipeline", CAMERA + "/pipeline")
    check(service, "GET", "/api/v1/cameras/dead/pipeline", CAMERA + "/pipeline", status=409)
    check(service, "POST", "/api/v1/cameras/a/snapshot", CAMERA + "/snapshot")
    check(service, "POST", "/api/v1/cameras/dead/snapshot", CAMERA + "/snapshot", status=409)
    check(service, "GET", "/api/v1/cameras/a/thumbnail", CAMERA + "/thumbnail")
    wait_for(lambda: service.request("GET", "/ready")[0] == 200, "readiness")
    for path in ("/ready", "/readyz"):
        check(service, "GET", path, path)
    v1 = "/api/v1/recording/{}/{{camera_id}}"
    check(service, "POST", "/api/v1/recording/start/a", v1.format("start"))
    check(service, "GET", "/api/v1/recording/status/dead", v1.format("status"))
    check(service, "GET", "/api/recording/status/a/", "/api/recording/status/{camera_id}/")
    check(service, "POST", "/api/recording/start/", "/api/recording/start/", {"camera_id": "a"})
    check(service, "POST", "/api/recording/stop/", "/api/recording/stop/", {"camera_id": "a"})
    check(service, "POST", "/api/v1/recording/stop/a", v1.format("stop"))
    for verb in ("start", "stop"):
        check(service, "POST", f"/api/v1/cameras/a/{verb}", CAMERA + f"/{verb}")
    check(service, "DELETE", "/api/v1/cameras/dead", CAMERA, status=204)


def test_examples_fit_their_schemas():
    resolver = jsonschema.RefResolver.from_schema(API)
    checked = 0

    def walk(node):
        nonlocal checked
        if isinstance(node, dict):
            if "schema" in node and "example" in node:
                jsonschema.Draft202012Validator(node["schema"], resolver=resolver).validate(node["example"])
                checked += 1
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)
    walk(API)
    assert checked > 10
