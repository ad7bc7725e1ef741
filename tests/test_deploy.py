"""What an operator installs: the unit, the image, the compose file, the Makefile and what it calls."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType

import pytest
from ruamel.yaml import YAML

from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "mediawatch.service").read_text(encoding="utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = YAML(typ="safe", pure=True).load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
VARIABLES = {PREFIX + name.upper() for name in Settings.model_fields}


def load(name: str) -> ModuleType:
    """Return a script of deploy/ as a module, without running it."""
    spec = importlib.util.spec_from_file_location(f"deploy_{name}", DEPLOY / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def said_in_unit(key: str) -> list[str]:
    """Return the values a key has in the unit; keys may repeat."""
    return [line.partition("=")[2] for line in UNIT.splitlines() if line.partition("=")[0] == key]


class TestTheUnit:
    def test_systemd_finds_nothing_to_say(self, tmp_path: Path) -> None:
        verifier = shutil.which("systemd-analyze")
        if verifier is None:
            pytest.skip("systemd-analyze is not on this machine")
        copy = tmp_path / "mediawatch.service"
        copy.write_text(re.sub(r"^ExecStart=.*$", "ExecStart=/bin/true", UNIT, flags=re.MULTILINE), encoding="utf-8")
        done = subprocess.run([verifier, "verify", str(copy)], capture_output=True, text=True, timeout=60, check=False)
        ours = [line for line in (done.stdout + done.stderr).splitlines() if "mediawatch" in line]
        assert ours == []
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("Type", "notify"),
            ("NotifyAccess", "main"),
            ("WatchdogSec", "60"),
            ("Restart", "always"),
            ("TimeoutStopSec", "15"),
            ("ProtectSystem", "strict"),
            ("NoNewPrivileges", "yes"),
            ("StateDirectory", "mediawatch"),
            ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
            ("CapabilityBoundingSet", ""),
            ("MemoryMax", "1G"),
            ("UMask", "0077"),
        ],
    )
    def test_it_is_hardened_and_watched(self, key: str, value: str) -> None:
        assert said_in_unit(key) == [value]

    def test_it_sets_only_settings_that_exist(self) -> None:
        named = {value.partition("=")[0] for value in said_in_unit("Environment")}
        assert {name for name in named if name.startswith(PREFIX)} <= VARIABLES
        assert PREFIX + "DATABASE_URL" in named

    def test_the_token_is_not_in_the_unit_which_everybody_may_read(self) -> None:
        assert "TOKEN" not in UNIT
        assert said_in_unit("EnvironmentFile") == ["/etc/mediawatch/env"]


class TestTheContainer:
    def test_it_runs_as_nobody_in_particular_and_is_stopped_politely(self) -> None:
        last = DOCKERFILE.split("\nFROM ")[-1]
        assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", last, re.MULTILINE)
        assert re.search(r"^STOPSIGNAL SIGTERM$", last, re.MULTILINE)
        assert re.search(r'^ENTRYPOINT \["', last, re.MULTILINE), "the shell form would swallow the signal"
        assert re.search(r"^HEALTHCHECK .*health\.py", last, re.MULTILINE)
        assert "slim" in last.splitlines()[0]

    def test_what_it_installs_has_hashes(self) -> None:
        assert "deploy/install.py requirements.lock" in DOCKERFILE
        assert "pip install" not in DOCKERFILE

    def test_what_it_copies_exists_and_is_let_into_the_build(self) -> None:
        let_in = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
            for name in line.split()[:-1]:
                assert (ROOT / name).exists(), name
                assert name in let_in, f"{name} is kept out by Dockerfile.dockerignore"
        assert all((ROOT / name).exists() for name in let_in)

    def test_it_sets_only_settings_that_exist(self) -> None:
        assert set(re.findall(r"\b(MEDIAWATCH_[A-Z_]+)=", DOCKERFILE)) <= VARIABLES

    def test_compose_gives_it_nothing_it_does_not_need(self) -> None:
        service = COMPOSE["services"]["mediawatch"]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"]
        assert service["pids_limit"]
        assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])
        assert service["volumes"] == ["data:/data"]
        assert "data" in COMPOSE["volumes"]
        assert "ports" not in service, "metrics are for this machine until somebody chooses otherwise"
        assert set(service["environment"]) <= VARIABLES

    def test_compose_builds_from_the_files_that_are_there(self) -> None:
        build = COMPOSE["services"]["mediawatch"]["build"]
        assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"

    def test_the_file_with_the_token_can_not_be_committed(self) -> None:
        file = COMPOSE["services"]["mediawatch"]["env_file"]
        assert file in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
        assert f"deploy/{file}" in (DEPLOY / "RUNBOOK.md").read_text(encoding="utf-8")


class TestTheEnvironmentExample:
    lines = (DEPLOY / "env.example").read_text(encoding="utf-8").splitlines()

    def test_it_names_only_settings_that_exist(self) -> None:
        named = {found[1] for line in self.lines if (found := re.match(r"#?(MEDIAWATCH_\w+)=", line))}
        assert PREFIX + "TELEGRAM_TOKEN" in named
        assert named <= VARIABLES

    def test_systemd_and_compose_can_read_it(self) -> None:
        for line in self.lines:
            assert not line or line.startswith("#") or re.fullmatch(r"[A-Z_]+=[^'\"\s]*", line), line

    def test_it_holds_no_secret(self) -> None:
        assert "MEDIAWATCH_TELEGRAM_TOKEN=" in self.lines


class _Health(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@contextmanager
def answering(status: int) -> Iterator[str]:
    handler = type("Answering", (_Health,), {"status": status})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class TestTheHealthCheck:
    @pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
    def test_it_says_what_the_service_says(self, status: int, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
        with answering(status) as bind:
            monkeypatch.setenv("MEDIAWATCH_HTTP_BIND", bind)
            assert load("health").main() == code

    def test_silence_is_not_health(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with answering(200) as bind:
            pass
        monkeypatch.setenv("MEDIAWATCH_HTTP_BIND", bind)
        assert load("health").main() == 1


LOCK = """\
alpha==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via beta
beta[extra]==2.1 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
"""


class TestTheInstaller:
    def test_it_reads_pins_and_hashes_but_no_comments(self) -> None:
        install = load("install")
        assert install.pins(LOCK) == {"alpha==1.0", "beta[extra]==2.1 ; python_full_version >= '3.12'"}
        assert len(install.blocks(LOCK)) == 2
        assert install.blocks(LOCK)[0].count("sha256") == 2
        assert not any("via" in block for block in install.blocks(LOCK))

    def test_what_is_installed_for_tests_holds_what_is_installed_for_running(self) -> None:
        """Hence `make demo` after `make test` installs nothing."""
        install = load("install")
        run, dev = (install.read(ROOT / name) for name in ("requirements.lock", "requirements-dev.lock"))
        assert set(install.blocks(run)) <= set(install.blocks(dev))

    @pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
    def test_every_package_has_hashes_and_no_registry_is_named(self, name: str) -> None:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert all("--hash=sha256:" in block for block in load("install").blocks(text))
        assert "://" not in text

    def test_an_old_python_is_refused_with_a_way_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        install = load("install")
        monkeypatch.setattr(install.sys, "version_info", (3, 9, 2))
        with pytest.raises(install.CannotInstall, match=r"needs Python 3\.11 or newer.*is 3\.9\.2\.\n.*make PYTHON="):
            install.check_python()

    def test_a_python_without_venv_is_told_the_package_it_lacks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        install = load("install")
        monkeypatch.setitem(sys.modules, "ensurepip", None)
        with pytest.raises(install.CannotInstall, match=r"apt-get install python3\.\d+-venv"):
            install.check_python()

    def test_what_is_no_environment_is_never_removed(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        install = load("install")
        (tmp_path / "letters.txt").write_text("mine")
        monkeypatch.setattr(install, "VENV", str(tmp_path))
        monkeypatch.setattr(install, "PYTHON", str(tmp_path / "bin" / "python"))
        with pytest.raises(install.CannotInstall, match="not a virtual environment"):
            install.make_venv()
        assert (tmp_path / "letters.txt").exists()

    def test_a_killed_install_is_begun_anew(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        install = load("install")
        (tmp_path / "under-way").write_text("")
        monkeypatch.setattr(install, "PYTHON", sys.executable)
        monkeypatch.setattr(install, "UNDER_WAY", str(tmp_path / "nothing"))
        assert install.venv_works()
        monkeypatch.setattr(install, "UNDER_WAY", str(tmp_path / "under-way"))
        assert not install.venv_works()

    def test_a_finished_install_is_known_by_its_stamp(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        install = load("install")
        stamp = tmp_path / "stamp"
        monkeypatch.setattr(install, "STAMP", str(stamp))
        monkeypatch.setattr(install, "PYTHON", sys.executable)
        assert not install.is_done({"alpha==1.0"})
        stamp.write_text(install.fingerprint() + "\nalpha==1.0\nbeta==2.1\n")
        assert install.is_done({"alpha==1.0"})
        assert not install.is_done({"alpha==1.1"})
        stamp.write_text("another place\nalpha==1.0\n")
        assert not install.is_done({"alpha==1.0"})


class TestMake:
    @pytest.mark.parametrize("target", ["install", "demo", "run", "test", "lint", "bench", "chaos", "lock", "help"])
    def test_there_is_something_to_make(self, target: str) -> None:
        if shutil.which("make") is None:
            pytest.skip("make is not on this machine")
        done = subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr

    def test_a_missing_python_is_named(self) -> None:
        if shutil.which("make") is None:
            pytest.skip("make is not on this machine")
        done = subprocess.run(
            ["make", "install", "PYTHON=no-such-python"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode != 0
        assert "there is no no-such-python; install Python 3.11" in done.stderr

    def test_ci_lints_and_tests_and_stops_at_the_first_failure(self) -> None:
        script = ROOT / ".ci" / "run"
        assert os.stat(script).st_mode & stat.S_IXUSR
        text = script.read_text(encoding="utf-8")
        assert text.startswith("#!/usr/bin/env bash\n")
        assert "set -euo pipefail" in text
        assert text.index("make lint") < text.index("make test")
        bash = shutil.which("bash")
        if bash is not None:
            assert subprocess.run([bash, "-n", str(script)], check=False).returncode == 0
