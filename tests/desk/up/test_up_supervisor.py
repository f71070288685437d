"""The supervisor's logic, on small real processes."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from up_harness import alive, until

from desk.up.errors import KeepsDying, NotReady, RefusesToStart, ServerSilent
from desk.up.options import Limits
from desk.up.output import Output
from desk.up.process import Answers, Program, Says
from desk.up.supervisor import Supervisor, ending

LIMITS = Limits(ready=20.0, grace=5.0, first_pause=0.01, longest_pause=0.02)
WAITS = "import signal; print('ready', flush=True); signal.pause()"
NOTES_TERM = """
import signal, sys
def end(*_):
    open(sys.argv[2], 'a').write(sys.argv[1] + ' ')
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print('ready', flush=True)
signal.pause()
"""
STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); print('ready', flush=True)\nwhile True: signal.pause()"
WITH_CHILD = """
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])
print('ready', flush=True); print('child', child.pid, flush=True)
signal.pause()
"""


class Lines:
    """A stream that keeps what is written."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        """Keep it."""
        self.text += text

    def flush(self):
        """Nothing is held back."""


def python(name: str, code: str, *arguments: str, **more) -> Program:
    """A program of one Python text."""
    return Program(name, (sys.executable, "-c", code, *arguments), more.pop("ready", Says("ready")), **more)


class Running:
    """A supervisor in the background of a test."""

    def __init__(self, *programs: Program, limits: Limits = LIMITS):
        self.talk = Lines()
        self.supervisor = Supervisor(programs, Output(Lines(), self.talk, colour=False), limits)
        self.stop = asyncio.Event()
        self.changes: asyncio.Queue[dict] = asyncio.Queue()
        self.task = asyncio.create_task(self.supervisor.run(self.stop, self._changed))

    def _changed(self):
        self.changes.put_nowait({child.program.name: child.pid for child in self.supervisor.children})

    async def pids(self) -> dict:
        """The next news of all being ready; an error of the supervisor comes out here."""
        news = asyncio.create_task(self.changes.get())
        await asyncio.wait({news, self.task}, return_when=asyncio.FIRST_COMPLETED)
        if self.task.done():
            self.task.result()
        return await news

    async def ended(self) -> None:
        """Ask it to stop and wait."""
        self.stop.set()
        await self.task


async def test_all_ready_is_told_once():
    """`changed` comes when the last program is ready, with every process id."""
    running = Running(python("a", WAITS), python("b", WAITS))
    pids = await running.pids()
    assert alive(pids["a"])
    assert alive(pids["b"])
    await running.ended()
    assert running.changes.empty()
    assert not alive(pids["a"])
    assert not alive(pids["b"])


async def test_a_program_waits_for_those_before_it(tmp_path):
    """`after` holds a program back until those named are ready and prepared."""
    order = []

    async def prepare():
        order.append("prepared")

    async def probe():
        order.append("second probed")
        return True

    first = python("first", WAITS, prepare=prepare)
    second = python("second", WAITS, ready=Answers(probe), after=("first",))
    running = Running(second, first)
    await running.pids()
    await running.ended()
    assert order == ["prepared", "second probed"]


async def test_stop_goes_in_reverse_order(tmp_path):
    """The last one started ends first, so that no program loses what it relies on."""
    note = tmp_path / "order"
    running = Running(*(python(name, NOTES_TERM, name, str(note)) for name in ("one", "two", "three")))
    await running.pids()
    await running.ended()
    assert note.read_text().split() == ["three", "two", "one"]


async def test_killed_program_is_started_again():
    """A program that dies runs again with a new process, and a line tells how it ended."""
    running = Running(python("a", WAITS))
    before = await running.pids()
    os.kill(before["a"], signal.SIGKILL)
    after = await running.pids()
    assert after["a"] != before["a"]
    assert "The program a ended (killed by SIGKILL); it is started again" in running.talk.text
    await running.ended()


async def test_restart_waits_for_what_it_relies_on():
    """When both die, the dependent one starts after the other is ready again, and nothing is told before."""
    running = Running(python("base", WAITS), python("top", WAITS, after=("base",)))
    before = await running.pids()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    after = await running.pids()
    while None in after.values() or set(before.values()) & set(after.values()):  # one death was noticed later
        after = await running.pids()
    lines = running.talk.text.splitlines()
    ready = [line.split()[4] for line in lines if " is ready " in line]
    assert ready == ["base", "top", "base", "top"]
    await running.ended()


async def test_a_program_that_keeps_dying_ends_all():
    """Five ends within the minute stop everything, with the last line as evidence."""
    running = Running(python("good", WAITS), python("bad", "print('no disk'); raise SystemExit(7)", after=("good",)))
    with pytest.raises(KeepsDying) as raised:
        await running.pids()
    assert (raised.value.times, raised.value.how) == (5, "with exit code 7")
    assert "no disk" in str(raised.value)
    assert all(child.pid is None for child in running.supervisor.children)


async def test_a_program_that_says_it_cannot_start_is_not_asked_again():
    """Exit code 2 or 3 before it was ever ready ends all at once, with the program's own sentence."""
    running = Running(python("worker", "print('The file is missing.'); raise SystemExit(3)"))
    with pytest.raises(RefusesToStart, match=r"The file is missing\."):
        await running.pids()
    assert "started again" not in running.talk.text


async def test_old_deaths_are_forgotten():
    """Deaths longer ago than the window do not count."""
    limits = Limits(deaths=2, deaths_within=0.05, first_pause=0.2, longest_pause=0.2)
    running = Running(python("a", WAITS), limits=limits)
    for _ in range(3):
        os.kill((await running.pids())["a"], signal.SIGKILL)
    await running.pids()
    await running.ended()


async def test_silence_ends_all():
    """A program that runs and never answers ends the start with a sentence, and is stopped."""
    running = Running(
        python("mute", "import signal; print('hm', flush=True); signal.pause()"), limits=Limits(ready=1.0)
    )
    with pytest.raises(NotReady) as raised:
        await running.pids()
    assert "mute did not answer within 1 seconds" in str(raised.value)
    assert running.supervisor.children[0].pid is None


async def test_failed_preparation_ends_all():
    """What `prepare` raises ends the run, with all programs stopped."""

    async def prepare():
        raise ServerSilent("host:1", "refused")

    running = Running(python("a", WAITS, prepare=prepare))
    with pytest.raises(ServerSilent):
        await running.pids()
    assert running.supervisor.children[0].pid is None


async def test_stop_while_starting_is_clean():
    """Asked to stop before anything is ready, it stops."""
    running = Running(python("slow", "import signal; signal.pause()"))
    assert await asyncio.to_thread(until, lambda: running.supervisor.children[0].pid)
    await running.ended()
    assert running.supervisor.children[0].pid is None


async def test_a_stubborn_program_is_killed():
    """A program that ignores SIGTERM is killed after the grace, and a line says so."""
    running = Running(python("deaf", STUBBORN), limits=Limits(grace=0.2))
    pids = await running.pids()
    await running.ended()
    assert not alive(pids["deaf"])
    assert "deaf did not stop within 0.2 seconds and was killed" in running.talk.text


async def test_kill_does_not_wait():
    """`kill` ends programs that ignore SIGTERM, at once."""
    running = Running(python("deaf", STUBBORN), limits=Limits(grace=60))
    await running.pids()
    running.stop.set()
    running.supervisor.kill()
    await asyncio.wait_for(running.task, 10)


async def test_children_of_programs_end_too():
    """What a program started itself does not outlive it."""
    running = Running(python("parent", WITH_CHILD))
    await running.pids()
    assert await asyncio.to_thread(until, lambda: "child" in running.talk.text)
    grandchild = int(running.talk.text.partition("child ")[2].split()[0])
    await running.ended()
    assert until(lambda: not alive(grandchild))


async def test_lines_carry_the_name_and_survive_any_bytes():
    """Lines of stdout and stderr come behind the name, also undecodable, endless and unfinished ones."""
    code = (
        "import signal, sys; sys.stderr.write('to stderr\\n'); sys.stderr.flush(); b = sys.stdout.buffer;"
        "b.write(b'\\xff\\n' + b'x' * 200000 + b'\\nready\\nlast'); b.flush(); signal.pause()"
    )
    running = Running(python("loud", code))
    await running.pids()
    await running.ended()
    lines = running.talk.text.splitlines()
    assert "loud      | \ufffd" in lines
    assert sum(line.count("x") for line in lines if line.startswith("loud")) == 200_000
    assert {"loud      | to stderr", "loud      | last"} <= set(lines)


async def test_environment_is_handed_on():
    """A program gets its own settings on top of the environment given."""
    code = "import os; print('ready', sorted(k for k in os.environ if k in ('A', 'B', 'HOME')), flush=True)"
    program = python(
        "env", code + "; import signal; signal.pause()", base_env={"A": "1", "HOME": "/"}, env={"B": "2"}
    )
    running = Running(program)
    await running.pids()
    await running.ended()
    assert "['A', 'B', 'HOME']" in running.talk.text


def test_nothing_outlives_a_killed_supervisor(tmp_path):
    """On Linux the kernel ends the programs of a supervisor that was killed."""
    code = f"""
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_up_supervisor import *
async def main():
    running = Running(python('a', STUBBORN))
    print((await running.pids())['a'], flush=True)
    await running.task
asyncio.run(main())
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(supervisor.stdout.readline())
    assert alive(pid)
    supervisor.kill()
    supervisor.communicate()
    assert until(lambda: not alive(pid))


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "with exit code 0"), (3, "with exit code 3"), (-9, "killed by SIGKILL"), (-99, "killed by signal 99")],
)
def test_endings_have_words(code, words):
    """An exit code and a signal are told apart."""
    assert ending(code) == words
