"""One holder of a database at a time."""

import os
import subprocess
import sys

import pytest

from desk.up.errors import DatabaseHeld, FolderUnusable
from desk.up.lock import DATABASE, NAME, hold, opened_by

SLEEPS = "import sys; print('up', flush=True); sys.stdin.read()"


def sleeper(*descriptors: int) -> subprocess.Popen:
    """A program that has inherited descriptors and runs until its input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPS], pass_fds=descriptors, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdout.readline()
    return process


def test_second_holder_hears_who_holds(tmp_path):
    """While held, a second attempt names the process and the setting, at once."""
    with hold(tmp_path), pytest.raises(DatabaseHeld) as refused, hold(tmp_path):
        pass
    assert f"process {os.getpid()}" in str(refused.value)
    assert "--var or CERTRELAY_VAR" in str(refused.value)


def test_released_lock_can_be_held_again(tmp_path):
    """The lock ends with its holder; the file that stays behind holds nothing."""
    with hold(tmp_path):
        pass
    with hold(tmp_path):
        assert (tmp_path / NAME).read_text().strip() == str(os.getpid())


def test_a_server_that_inherited_the_lock_keeps_it(tmp_path):
    """The lock lasts as long as the server, also when the supervisor's own descriptor is gone."""
    with hold(tmp_path) as descriptor:
        server = sleeper(descriptor)
    with pytest.raises(DatabaseHeld), hold(tmp_path):
        pass
    server.communicate()
    with hold(tmp_path):
        pass


def test_what_a_dead_supervisor_leaves_is_waited_for(tmp_path):
    """Where the named holder is dead, its server is given the moment it needs to end."""
    with hold(tmp_path) as descriptor:
        server = sleeper(descriptor)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / NAME).write_text(str(dead.pid))
    server.stdin.close()
    with hold(tmp_path):
        server.wait()


def test_the_folder_is_made_for_its_owner_only(tmp_path):
    """State holds certificates and a password: nobody else may read it."""
    with hold(tmp_path / "a" / "var"):
        assert (tmp_path / "a" / "var").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path):
    """A folder that cannot be made names itself and the setting."""
    (tmp_path / "var").write_text("")
    with pytest.raises(FolderUnusable, match="--var or CERTRELAY_VAR"), hold(tmp_path / "var"):
        pass


def test_a_database_opened_without_our_lock_is_found(tmp_path):
    """A server started by hand on the same file is named, and a closed database is free."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('pragma journal_mode=wal');"
        "c.execute('create table t (x)'); c.commit(); print('up', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / DATABASE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    other.stdout.readline()
    with pytest.raises(DatabaseHeld, match=f"process {other.pid}"), hold(tmp_path):
        pass
    other.kill()
    other.communicate()
    with hold(tmp_path):
        assert opened_by(tmp_path / DATABASE) is None
