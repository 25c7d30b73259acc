"""The convoy in real CPython: what one computing thread costs a thread that makes blocking calls.

Prints the median time of one operation in seconds, first alone and then beside a computing thread. The protocol is that
of benches/convoy.rs: an echo is a send and a receive over a socket pair whose peer is another process, a sleep lasts a
millisecond. Run it as `python3 -I convoy.py echo|sleep INTERVAL_SECONDS OPERATIONS`.
"""

import os
import socket
import statistics
import sys
import threading
import time


def echo_peer(link):
    """Answers every byte with itself until the other side closes."""
    while data := link.recv(1):
        link.sendall(data)


def operation(name):
    """The blocking operation called `name`, ready to be called."""
    if name == "sleep":
        return lambda: time.sleep(0.001)
    near, far = socket.socketpair()
    if os.fork() == 0:
        near.close()
        echo_peer(far)
        os._exit(0)
    far.close()

    def echo():
        near.sendall(b"x")
        near.recv(1)

    return echo


def median_time(operate, count):
    """The median duration of `count` calls."""
    durations = []
    for _ in range(count):
        start = time.perf_counter()
        operate()
        durations.append(time.perf_counter() - start)
    return statistics.median(durations)


def main():
    name, interval, count = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    sys.setswitchinterval(interval)
    operate = operation(name)
    alone = median_time(operate, count)

    computing = threading.Event()
    finished = False

    def compute():
        computing.set()
        while not finished:
            pass

    hog = threading.Thread(target=compute)
    hog.start()
    computing.wait()
    beside = median_time(operate, count)
    finished = True
    hog.join()
    print(alone, beside)


main()
