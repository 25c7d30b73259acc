"""What moving bytes to a task and back costs in CPython's multiprocessing: Pool.imap_unordered with a chunk size of 1.

For every line on standard input, runs the tasks once and prints the seconds they took. Run it as
`python3 -I payload.py WORKERS TASKS BYTES`.
"""

import multiprocessing
import sys
import time


def same(payload):
    return payload


def main():
    workers, tasks, length = (int(argument) for argument in sys.argv[1:])
    payload = bytes(length)
    with multiprocessing.Pool(workers) as pool:
        for _ in sys.stdin:
            start = time.perf_counter()
            for _ in pool.imap_unordered(same, (payload for _ in range(tasks)), chunksize=1):
                pass
            print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
