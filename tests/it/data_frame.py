"""Reads a CSV as somebody who analyses results does, and prints what arrived as JSON.

Arguments: the CSV file, then the names of its text columns with commas between. Prints the rows as the csv module and as a
data-frame library sees them; null in place of the latter where neither polars nor pandas is there.
"""

import csv
import json
import sys

path, texts = sys.argv[1], sys.argv[2].split(",")


def with_polars():
    import polars

    frame = polars.read_csv(path, schema_overrides=dict.fromkeys(texts, polars.String), infer_schema_length=None)
    return "polars", frame.to_dicts()


def with_pandas():
    import pandas

    frame = pandas.read_csv(path, dtype=dict.fromkeys(texts, str)).astype(object)
    return "pandas", json.loads(frame.where(frame.notna(), None).to_json(orient="records", double_precision=15))


def frame():
    for read in (with_polars, with_pandas):
        try:
            return read()
        except ImportError:
            continue
    return None, None


library, rows = frame()
with open(path, newline="", encoding="utf-8") as file:
    plain = list(csv.DictReader(file))
json.dump({"library": library, "frame": rows, "plain": plain}, sys.stdout)
