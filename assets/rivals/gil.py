"""Real CPython in the scenes that the emulated lock is measured in.

`python3 -I gil.py SCENE INTERVAL_SECONDS [ARGUMENTS]` plays one scene and prints its figures on a line. The scenes, and
the order of their figures, are those of benches/gil_fidelity and benches/convoy.rs.
"""

import hashlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

# Counts in a scene that take about a fifth of a second alone.
COUNTS = 4_000_000

# Parts of a call without check points at which a sleep ends.
PHASES = 24


def operation(name):
    """The blocking operation called `name`, ready to be called: an echo has its peer in another process."""
    if name == "sleep":
        return lambda: time.sleep(0.001)
    near, far = socket.socketpair()
    subprocess.Popen(["cat"], stdin=far, stdout=far)
    far.close()

    def echo():
        near.sendall(b"x")
        near.recv(1)

    return echo


def durations(operate, count):
    """How long each of `count` calls took."""
    found = []
    for _ in range(count):
        start = time.perf_counter()
        operate()
        found.append(time.perf_counter() - start)
    return found


def count_down(count):
    """Pure bytecode: a check point at every turn."""
    while count:
        count -= 1


def timed(threads, work):
    """Wall time of `threads` threads that each do `work`, from a barrier on."""
    barrier = threading.Barrier(threads + 1)

    def run():
        barrier.wait()
        work()

    all_threads = [threading.Thread(target=run) for _ in range(threads)]
    for thread in all_threads:
        thread.start()
    barrier.wait()
    start = time.perf_counter()
    for thread in all_threads:
        thread.join()
    return time.perf_counter() - start


def forked(processes, work):
    """Wall time of `processes` processes that each do `work`, from a barrier on."""
    ready, come = os.pipe()
    gate, opener = os.pipe()
    children = []
    for _ in range(processes):
        child = os.fork()
        if child == 0:
            os.close(opener)
            os.write(come, b"x")
            # Ends when the last other end of the gate is closed.
            os.read(gate, 1)
            work()
            os._exit(0)
        children.append(child)
    for _ in children:
        os.read(ready, 1)
    start = time.perf_counter()
    os.close(opener)
    for child in children:
        os.waitpid(child, 0)
    return time.perf_counter() - start


class Hogs:
    """Computing threads beside the main one, for as long as the block lasts."""

    def __init__(self, work, count=1):
        self.finished = False
        self.started = threading.Barrier(count + 1)
        self.threads = [threading.Thread(target=self.run, args=(work,)) for _ in range(count)]

    def run(self, work):
        self.started.wait()
        while not self.finished:
            work()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.started.wait()

    def __exit__(self, *_):
        self.finished = True
        for thread in self.threads:
            thread.join()


def section_of(seconds):
    """A call without check points that takes about `seconds`."""
    numbers = range(100_000)
    start = time.perf_counter()
    for _ in range(5):
        sum(numbers)
    each = (time.perf_counter() - start) / 5
    longer = range(int(100_000 * seconds / each))
    return lambda: sum(longer)


def convoy(interval, name, count):
    """Median seconds of an operation alone, and beside a computing thread."""
    operate = operation(name)
    alone = statistics.median(durations(operate, int(count)))
    with Hogs(lambda: None):
        beside = statistics.median(durations(operate, int(count)))
    return alone, beside


def serial(interval, threads):
    """The same work on several threads and on one: the ratio of their walls."""
    threads = int(threads)
    alone = timed(1, lambda: count_down(COUNTS))
    shared = timed(threads, lambda: count_down(COUNTS // threads))
    return (shared / alone,)


def unlocked(interval):
    """What two processes, each with a lock of its own, gain over one."""
    # Longer than other scenes: the system takes a while to give two new processes a core each.
    alone = forked(1, lambda: count_down(2 * COUNTS))
    return (alone / forked(2, lambda: count_down(COUNTS)),)


def sleepers(interval):
    """Eight threads that sleep for 100 ms: the wall in units of one sleep."""
    return (timed(8, lambda: time.sleep(0.1)) / 0.1,)


def released(interval):
    """What two threads gain over one in calls that let go of the lock."""
    block = bytes(1 << 20)

    def digest(count):
        for _ in range(count):
            hashlib.sha256(block).digest()

    alone = timed(1, lambda: digest(64))
    return (alone / timed(2, lambda: digest(32)),)


def sections(interval, seconds):
    """A sleeping thread beside one that computes in calls without check points: the median seconds on top of the sleep.

    The sleeps end at every part of such a call, which begins when the sleeping thread lets go of the lock.
    """
    call = section_of(float(seconds))
    phases = [0.001 + float(seconds) * (place * 7 % PHASES) / PHASES for place in range(PHASES)]

    def lateness():
        found = []
        for asked in phases:
            start = time.perf_counter()
            time.sleep(asked)
            found.append(time.perf_counter() - start - asked)
        return statistics.median(found)

    alone = lateness()
    with Hogs(call):
        beside = lateness()
    return (beside - alone,)


def turns(interval):
    """Two computing threads for a second: switches per second, and the first one's share of the counts."""
    last, switches, counts, finished = None, 0, [0, 0], False

    def run(me):
        nonlocal last, switches
        while not finished:
            counts[me] += 1
            if last != me:
                last = me
                switches += 1

    threads = [threading.Thread(target=run, args=(me,)) for me in (0, 1)]
    for thread in threads:
        thread.start()
    # Starting a thread switches as well.
    before, start = switches, time.perf_counter()
    time.sleep(1)
    during, elapsed = switches - before, time.perf_counter() - start
    finished = True
    for thread in threads:
        thread.join()
    return during / elapsed, counts[0] / sum(counts)


def outside(interval):
    """An echo beside a process that computes on another core, in units of an echo alone."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[0]})
    operate = operation("echo")
    alone = statistics.median(durations(operate, 201))
    hog = os.fork()
    if hog == 0:
        os.sched_setaffinity(0, {cores[-1]})
        while True:
            pass
    time.sleep(0.01)
    beside = statistics.median(durations(operate, 201))
    os.kill(hog, signal.SIGKILL)
    os.waitpid(hog, 0)
    return (beside / alone,)


def alone(interval):
    """One thread's wall at this interval, in units of its wall at 5 ms."""
    wall = timed(1, lambda: count_down(COUNTS))
    sys.setswitchinterval(0.005)
    return (wall / timed(1, lambda: count_down(COUNTS)),)


def crowd(interval):
    """A sleeping thread beside two computing ones: its mean seconds per sleep of 1 ms."""
    operate = operation("sleep")
    with Hogs(lambda: None, 2):
        return (statistics.mean(durations(operate, 11)),)


def main():
    scene, interval = globals()[sys.argv[1]], float(sys.argv[2])
    sys.setswitchinterval(interval)
    print(*scene(interval, *sys.argv[3:]))


main()
