# SPDX-License-Identifier: LGPL-2.1-or-later
"""data/prometheus/tyto.rules.yml: the rules are right, and are about metrics that there are."""

import pathlib
import re
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "data/prometheus/tyto.rules.yml"
TESTS = ROOT / "tests/integration/tyto.rules.test.yml"
METRIC = re.compile(r"\b(?:tyto|camera|recording)_[a-z_]*[a-z]\b(?=[\s{\[)]|$)")


def rules() -> list[dict]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def promtool(*words) -> str:
    result = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_rules_can_be_read():
    assert f"SUCCESS: {len(rules())} rules found" in promtool("check", "rules", RULES)


def test_the_rules_do_what_they_should():
    assert "SUCCESS" in promtool("test", "rules", TESTS)


def test_each_metric_of_the_rules_is_served(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", "--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")
    service = tytod()
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)})
    wait_for(lambda: service.camera("cam1")["segments"] >= 1, "a segment")
    text = service.request("GET", "/metrics")[2].decode()
    served = set(re.findall(r"^# TYPE (\S+) ", text, re.M))
    named = {name for rule in rules() for name in METRIC.findall(rule["expr"])} - {"camera_id"}
    assert len(named) >= 9 and named <= served
    for label in re.findall(r"on \((.*?)\)", " ".join(rule["expr"] for rule in rules())):
        assert all(name == "instance" or f'{name}="cam1"' in text for name in label.split(", "))
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert checked.returncode in (0, 3), checked.stderr  # 3: it would name some otherwise, as the seeds do not
    assert "error" not in checked.stderr


def test_every_kind_of_alert_has_a_rule():
    kinds = set(re.findall(r'^  \{ "([a-z-]+)", "', (ROOT / "src/recorder/alerts/tyto-alert-kinds.c").read_text(), re.M))
    ruled = {match[1] for rule in rules() if (match := re.fullmatch(r'tyto_alerts\{kind="([a-z-]+)"\} == 1', rule["expr"]))}
    assert len(kinds) >= 20 and ruled == kinds
