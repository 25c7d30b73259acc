"""Checks the CSV of a run over all workloads and backends: every row ok, one checksum per workload, shares that sum to 1."""

import csv
import sys

SHARES = ["compute_share", "ready_share", "gil_share", "io_share", "ipc_share", "idle_share"]

with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))

problems = []
checksums = {}
for row in rows:
    name = f"{row['workload']} on {row['backend']}, lock {row['gil']}"
    if row["status"] != "ok":
        problems.append(f"{name}: status {row['status']}")
    if checksums.setdefault(row["workload"], row["checksum"]) != row["checksum"]:
        problems.append(f"{name}: another checksum than its siblings")
    total = sum(float(row[share]) for share in SHARES)
    if abs(total - 1) > 0.01:
        problems.append(f"{name}: shares sum to {total}")
expected = 18 * 5 * 2
if len(rows) != expected:
    problems.append(f"{len(rows)} rows instead of {expected}")

for problem in problems:
    print(problem)
print(f"{len(rows)} rows checked, {len(problems)} problems")
sys.exit(1 if problems else 0)
