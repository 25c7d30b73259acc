"""What an empty task costs in CPython's multiprocessing: Pool.imap_unordered with a chunk size of 1.

For every line on standard input, runs the tasks once and prints the seconds they took. Run it as
`python3 -I dispatch.py WORKERS TASKS`.
"""

import multiprocessing
import sys
import time


def nothing(number):
    return number


def main():
    workers, tasks = int(sys.argv[1]), int(sys.argv[2])
    with multiprocessing.Pool(workers) as pool:
        for _ in sys.stdin:
            start = time.perf_counter()
            for _ in pool.imap_unordered(nothing, range(tasks), chunksize=1):
                pass
            print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
