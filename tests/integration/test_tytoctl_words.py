# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tytoctl says and keeps to itself: help, man pages, completion, translation; passwords and tokens."""

import pathlib
import re
import shutil
import socket
import subprocess

import pytest
from held_port import HeldPort
from tytoctl import Tytoctl

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMANDS = ["status", "camera list", "camera show", "camera add", "camera change", "camera remove", "camera start", "camera stop",
            "segments", "segments get", "segments delete", "gaps", "ledger", "alerts", "archive", "uploads", "uploads retry",
            "retention", "retention run", "clip add", "clip list", "clip remove", "services",
            "broadcast list", "broadcast show", "broadcast start", "broadcast end", "broadcast retry", "broadcast gaps", "broadcast get",
            "broadcast video", "broadcast delete",
            "catalogue check", "catalogue rebuild", "catalogue copy",
            "webhook list", "webhook show", "webhook add", "webhook change", "webhook rotate", "webhook test", "webhook remove",
            "thumbnail", "pipeline", "watch", "report", "version", "help"]
PAGES = ["tytoctl.1", "tytod.8", "tyto-collector.8", "tyto-worker.8", "tyto.conf.5"]
SECRET = "s3cret-päss"


@pytest.fixture
def ctl(build_dir, tmp_path):
    """tytoctl, with nothing at the address it is given."""
    held = HeldPort()
    yield Tytoctl(build_dir / "src/tytoctl/tytoctl", f"http://127.0.0.1:{held.port}", tmp_path)
    held.release()


@pytest.fixture
def with_service(build_dir, tytod, tmp_path):
    """tytoctl with a tytod of its own."""
    return Tytoctl(build_dir / "src/tytoctl/tytoctl", tytod().url, tmp_path)


def options_of(text: str) -> set[str]:
    return set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text, re.M)) - {"--help"}


def test_nothing_answers(ctl):
    for words in (["status"], ["camera", "list"], ["segments"], ["watch"], ["report"], ["thumbnail", "x"]):
        result = ctl(*words, status=69)
        assert result.stdout == "" and "does not answer at http://127.0.0.1:" in result.stderr and "--url" in result.stderr
    assert re.fullmatch(r"tytoctl \S+\n", ctl("version").stdout)


def test_every_command_explains_itself(ctl):
    overview = ctl("help").stdout
    assert ctl("--help").stdout == overview
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\S", overview, re.M)
        text = ctl(*command.split(), "--help").stdout
        assert text == ctl("help", *command.split()).stdout
        assert f"tytoctl {command} " in text.splitlines()[1]
        assert options_of(text) >= {"--url", "--token-file", "--json"}
        if command != "version":
            assert f"\n  tytoctl {command}" in text or f"| tytoctl {command}" in text, f"no example for {command}"


def test_the_man_page_has_every_command_and_option(ctl):
    page = (ROOT / "data/man/tytoctl.1.adoc").read_text()
    for command in COMMANDS:
        assert f"*{command}*" in page
        assert {f"*{option}*" for option in options_of(ctl("help", *command.split()).stdout)} <= set(
            re.findall(r"\*--[a-z-]+\*", page))


@pytest.mark.parametrize("page", PAGES)
def test_a_man_page_builds_without_a_warning(page, tmp_path):
    source = ROOT / f"data/man/{page}.adoc"
    built = subprocess.run(["asciidoctor", "-b", "manpage", "-w", "--failure-level=WARN", "-a", "release-version=1", "-o",
                            tmp_path / page, source], capture_output=True, text=True)
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    shown = subprocess.run(["man", "--warnings", "-l", tmp_path / page], capture_output=True, text=True)
    assert shown.returncode == 0 and shown.stderr == "" and "NAME" in shown.stdout


def test_the_man_page_of_the_configuration_has_every_key():
    page = (ROOT / "data/man/tyto.conf.5.adoc").read_text()
    schema = (ROOT / "data/org.tyto.recorder.gschema.xml").read_text()
    for key in set(re.findall(r'<key name="([a-z-]+)"', schema)):
        assert f"*{key}* =" in page
    for name, default in re.findall(r"<key name=\"([a-z-]+)\"[^>]*>\s*(?:<range[^>]*>\s*)?<default>(.*?)</default>",
                                    schema.split('id="org.tyto.recorder.camera"')[0]):
        assert f"*{name}* = {default}" in page


def complete(words: list[str], environment: dict[str, str]) -> list[str]:
    """What bash offers for the last of @words."""
    script = """
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_tytoctl
printf '%s\\n' "${COMPREPLY[@]}"
"""
    result = subprocess.run(["bash", "-c", script, "bash", ROOT / "data/completions/tytoctl", *words], env=environment,
                            capture_output=True, text=True, timeout=60)
    assert result.returncode == 0 and result.stderr == ""
    return result.stdout.split()


def test_completion_has_every_command_and_option(ctl):
    def offered(*words: str) -> list[str]:
        return complete([ctl.program, *words], ctl.environment)

    assert set(offered("")) == {command.split()[0] for command in COMMANDS}
    assert set(offered("camera", "")) == {command.split()[1] for command in COMMANDS if command.startswith("camera ")}
    for first in ("broadcast", "catalogue", "clip", "retention", "segments", "uploads", "webhook"):
        assert set(offered(first, "")) == {command.split()[1] for command in COMMANDS if command.startswith(f"{first} ")}
    assert offered("camera", "sh") == ["show"]
    assert offered("--url", "http://x/", "sta") == ["status"] == offered("--json", "sta")
    assert offered("camera", "add", "x", "--transport", "=", "u") == ["udp"]
    for command in COMMANDS:
        assert options_of(ctl("help", *command.split()).stdout) <= set(offered(*command.split(), "--"))


def test_completion_pleases_shellcheck():
    subprocess.run(["shellcheck", "-s", "bash", ROOT / "data/completions/tytoctl"], check=True)


def test_completion_asks_the_service_for_cameras(with_service):
    for camera in ("yard", "gate"):
        with_service("camera", "add", camera, "rtsp://127.0.0.1:1/", "--disabled")
    url = with_service.environment.pop("TYTO_URL")
    assert complete([with_service.program, "--url", url, "camera", "show", ""], with_service.environment) == ["gate", "yard"]
    assert complete([with_service.program, "--url", url, "watch", "--camera", "g"], with_service.environment) == ["gate"]
    assert complete([with_service.program, "--url", url, "thumbnail", "y"], with_service.environment) == ["yard"]


def test_secrets_are_refused_on_the_command_line(ctl):
    for words in (["--password", SECRET], [f"--password={SECRET}"], [f"--token={SECRET}"]):
        result = ctl("camera", "add", "yard", "rtsp://127.0.0.1/", *words, status=64)
        assert SECRET not in result.stderr and "-file" in result.stderr
    for url in (f"rtsp://admin:{SECRET}@127.0.0.1/", "rtsp://admin@127.0.0.1/"):
        for words in (["yard", url], ["yard", "rtsp://127.0.0.1/", "--sub-url", url]):
            result = ctl("camera", "add", *words, status=64)
            assert SECRET not in result.stderr and "--password-file" in result.stderr
    assert SECRET not in ctl("status", "--url", f"http://a:{SECRET}@127.0.0.1/", status=64).stderr


@pytest.mark.parametrize("origin", ["file", "stdin", "terminal"])
def test_a_password_reaches_the_service_unseen(with_service, tytod, tmp_path, origin):
    words = ["camera", "add", "yard", "rtsp://127.0.0.1:1/", "--disabled", "--user", "admin"]
    (tmp_path / "pw").write_text(f"{SECRET}\nnot this line\n")
    if origin == "terminal":
        status, text = with_service.on_terminal(*words, answers=[("at the camera: ", f"{SECRET}\n")])
        assert status == 0 and SECRET not in text
    elif origin == "stdin":
        with_service(*words, "--password-file", "-", stdin=f"{SECRET}\n")
    else:
        with_service(*words, "--password-file", "pw")
    shown = with_service("camera", "show", "yard", "--json").stdout
    assert '"has_password": true' in shown and '"admin"' in shown and SECRET not in shown
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "pw" and SECRET in path.read_text(errors="ignore")]
    assert [path.parent.name for path in kept] == ["secrets"] and kept[0].read_text().strip() == SECRET


def test_a_password_is_in_no_argument_and_no_environment(ctl):
    """Looked at when it has sent the password and waits for the answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [ctl.program, "--url", f"http://127.0.0.1:{listener.getsockname()[1]}", "camera", "add", "yard",
                   "rtsp://127.0.0.1/", "--user", "admin", "--password-file", "-"]
        process = subprocess.Popen(command, env=ctl.environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdin.write(f"{SECRET}\n".encode())
        process.stdin.close()
        listener.settimeout(10)
        connection = listener.accept()[0]
        with connection:
            connection.settimeout(10)
            request = b""
            while SECRET.encode() not in request:
                request += connection.recv(65536)
            seen = b"".join(pathlib.Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
            connection.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
            assert process.wait(10) == 70
    assert b"camera\0add" in seen and SECRET.encode() not in seen
    assert SECRET.encode() not in process.stderr.read()


def test_password_files_that_are_none(ctl, tmp_path):
    (tmp_path / "empty").write_text("")
    (tmp_path / "long").write_text("x" * 2000)
    for name, status in (("empty", 64), ("long", 64), ("missing", 66)):
        ctl("camera", "add", "yard", "rtsp://127.0.0.1/", "--password-file", name, status=status)


def test_a_token_opens_the_service(build_dir, tytod, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    (state / "tyto.conf").write_text(f"[tyto]\ntoken-file='{tmp_path}/token'\n")
    (tmp_path / "token").write_text("a-token-of-32-characters-or-more\n")
    (tmp_path / "wrong").write_text("another-token-of-32-characters-x\n")
    (tmp_path / "no-token").write_text("two words\n")
    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", tytod(state=state).url, tmp_path)
    assert "--token-file" in ctl("status", status=77).stderr
    ctl("status", "--token-file", "wrong", status=77)
    ctl("watch", "--token-file", "wrong", status=77)
    ctl("status", "--token-file", "no-token", status=64)
    ctl("status", "--token-file", "missing", status=66)
    assert "ready" in ctl("--token-file", "token", "status").stdout
    assert "ready" in ctl("status", TYTO_TOKEN_FILE="token").stdout


def test_brazilian_portuguese(ctl, build_dir):
    words = {"TEXTDOMAINDIR": str(build_dir / "po"), "LANGUAGE": "pt_BR"}
    assert "Conversa com o tytod" in ctl("help", **words).stdout
    assert "não responde" in ctl("status", status=69, **words).stderr
    assert "  --transport=TRANSPORTE" in ctl("help", "camera", "add", **words).stdout


def test_the_translation_is_complete_and_sound(tmp_path):
    sources = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "src/tytoctl").glob("*.c")
                     if re.search(r"\b(_|N_|C_) \(", path.read_text()))
    listed = [line for line in (ROOT / "po/POTFILES").read_text().splitlines() if not line.startswith("#")]
    assert sorted(listed) == sources
    subprocess.run(["xgettext", "--from-code=UTF-8", "--keyword=_", "--keyword=N_", "--keyword=C_:1c,2", "--keyword=ngettext:1,2",
                    "--files-from=po/POTFILES", "-o", tmp_path / "tyto.pot"], cwd=ROOT, check=True)
    for language in ROOT.glob("po/*.po"):
        subprocess.run(["msgfmt", "--check-format", "--check-domain", "-o", "/dev/null", language], check=True)
        compared = subprocess.run(["msgcmp", language, tmp_path / "tyto.pot"], capture_output=True, text=True)
        assert compared.returncode == 0, compared.stderr


def test_what_the_tests_need_is_here():
    assert all(shutil.which(program) for program in ("asciidoctor", "man", "bash", "xgettext", "msgfmt", "ffprobe", "shellcheck"))
