"""Make `.venv` beside this checkout, from a lock file whose every package is pinned and hashed; `make` calls this.

The checkout itself is linked, not built: a `.pth` line, a launcher and a few lines of metadata. A build would have to
download its build tool, which no hash of ours covers, and would fail on a machine that may reach only a package mirror.

Written for old Pythons too, so that they get a sentence and not a syntax error. Safe to run twice at once (the checkout
directory is locked meanwhile) and after being killed (the stamp is written last).
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
# make prefers the .venv's own Python, so that a choice once made stays; the next .venv is made by the one behind it.
BASE_PYTHON = getattr(sys, "_base_executable", None) or sys.executable
STAMP = os.path.join(VENV, "mediawatch-installed")
UNDER_WAY = os.path.join(VENV, "mediawatch-installing")


class CannotInstall(Exception):
    """The machine lacks something; the message says what and how to get it."""


def say(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text, mode=0o644):
    """Put `text` at `path` in one step, so that nobody ever reads half of it."""
    handle, beside = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(beside, mode)
    os.replace(beside, path)


def pins(lock_text):
    """Return the set of `name==version ; marker` that a lock file names."""
    return {found.strip(" \\") for found in re.findall(r"^[A-Za-z0-9][^\n]*==[^\n]*", lock_text, re.MULTILINE)}


def fingerprint():
    """Return what a finished `.venv` belongs to: this place and this Python."""
    seed = f"{ROOT}\n{sys.version}"
    return hashlib.sha256(seed.encode()).hexdigest()


def check_python():
    if sys.version_info[:2] < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise CannotInstall(
            f"mediawatch needs Python {OLDEST[0]}.{OLDEST[1]} or newer; {sys.executable} is {found}.\n"
            "  Choose another one:  make PYTHON=python3.12 …"
        )
    try:
        import ensurepip  # noqa: F401, PLC0415 - only its presence matters: Debian ships it in a package of its own
        import venv  # noqa: F401, PLC0415
    except ImportError:
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        raise CannotInstall(
            f"{sys.executable} cannot make a virtual environment: the module venv or ensurepip is missing.\n"
            f"  On Debian or Ubuntu:  apt-get install {package}   (or python3-venv)"
        ) from None


def venv_works():
    """Say whether `.venv` holds a Python of this version with pip, and no install was killed half-way in it.

    pip calls a package satisfied as soon as its metadata is there, before all its files are: hence the mark.
    """
    if os.path.exists(UNDER_WAY):
        return False
    probe = f"import sys, pip; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    try:
        subprocess.run([PYTHON, "-c", probe], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def make_venv():
    """Make `.venv` anew where there is none that works; what an earlier, killed attempt left is cleared away."""
    if venv_works():
        return
    if os.path.lexists(VENV):
        if not os.path.isdir(VENV) or os.path.islink(VENV):
            raise CannotInstall(f"{VENV} is in the way: it is not a directory. Remove it and try again.")
        ours = any(os.path.exists(mark) for mark in (UNDER_WAY, os.path.join(VENV, "pyvenv.cfg")))
        if os.listdir(VENV) and not ours:
            raise CannotInstall(f"{VENV} is not a virtual environment. Remove it and try again.")
        say("· clearing away a .venv that does not work here")
        shutil.rmtree(VENV)
    say("· making .venv with Python {}.{}".format(*sys.version_info[:2]))
    os.mkdir(VENV)
    write(UNDER_WAY, "")
    made = subprocess.run([BASE_PYTHON, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        said = made.stdout.decode("utf-8", "replace").strip()
        raise CannotInstall(f"could not make {VENV}:\n{said}")


def install_packages(lock, quantity):
    say(f"· installing {quantity} packages from {os.path.basename(lock)} (a minute or two, once)")
    command = [PYTHON, "-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check"]
    command += ["--no-warn-script-location", "--require-hashes", "--requirement", lock]
    write(UNDER_WAY, "")
    code = subprocess.run(command).returncode
    if code >= 0:
        os.remove(UNDER_WAY)
    if code != 0:
        raise CannotInstall(f"pip could not install {os.path.basename(lock)}; its own words are above.")


def link_checkout():
    """Make this checkout importable in `.venv`, and `mediawatch` a command there."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([PYTHON, "-c", ask], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
    version = re.search(r'^version = "([^"]+)"', read(os.path.join(ROOT, "pyproject.toml")), re.MULTILINE).group(1)
    for name in os.listdir(site):
        if re.match(r"(__editable__\.)?mediawatch-.*\.(dist-info|pth)$", name):
            old = os.path.join(site, name)
            shutil.rmtree(old) if os.path.isdir(old) else os.remove(old)
    write(os.path.join(site, "mediawatch.pth"), ROOT + "\n")
    about = os.path.join(site, f"mediawatch-{version}.dist-info")
    os.makedirs(about, exist_ok=True)
    write(os.path.join(about, "METADATA"), f"Metadata-Version: 2.1\nName: mediawatch\nVersion: {version}\n")
    write(os.path.join(about, "INSTALLER"), "make\n")
    write(os.path.join(about, "entry_points.txt"), "[console_scripts]\nmediawatch = bot.__main__:main\n")
    # -P: a folder that happens to be named `bot` where the command is called must not stand in for ours.
    launcher = f'#!/bin/sh\nexec {shlex.quote(PYTHON)} -P -m bot "$@"\n'
    write(os.path.join(VENV, "bin", "mediawatch"), launcher, mode=0o755)


def is_done(wanted):
    """Say whether a finished install already holds every package that is wanted, for this place and Python."""
    try:
        place, _, held = read(STAMP).partition("\n")
    except OSError:
        return False
    return place == fingerprint() and wanted <= set(held.splitlines()) and os.path.exists(PYTHON)


@contextlib.contextmanager
def alone():
    """Keep a second `make` in this checkout waiting; a killed holder frees the lock by dying."""
    handle = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("· waiting for another make that is installing here")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def install(lock):
    text = read(lock)
    # The lock's hashes are part of what is wanted: a package published anew under the same version is another package.
    wanted = pins(text) | {"sha256:" + hashlib.sha256(found.encode()).hexdigest() for found in blocks(text)}
    if is_done(wanted):
        return
    with alone():
        if is_done(wanted):
            return
        check_python()
        make_venv()
        with contextlib.suppress(FileNotFoundError):
            os.remove(STAMP)
        install_packages(lock, len(pins(text)))
        link_checkout()
        write(STAMP, "\n".join([fingerprint(), *sorted(wanted)]) + "\n")
    say("· installed")


def blocks(lock_text):
    """Return each package's pin together with its hashes, as the lock file has them, without comments."""
    kept = [line for line in lock_text.splitlines() if line and not line.lstrip().startswith("#")]
    return re.findall(r"^[^\s].*(?:\n[ \t].*)*", "\n".join(kept), re.MULTILINE)


if __name__ == "__main__":
    try:
        install(os.path.join(ROOT, sys.argv[1] if len(sys.argv) > 1 else "requirements.lock"))
    except CannotInstall as problem:
        say(f"\nmediawatch: {problem}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        say("\nmediawatch: stopped; run it again to go on.")
        sys.exit(130)
