#!/usr/bin/env python3
"""A stage in Python: a report that says where everything came from.

It keeps the contract of a stage and replaces the stage `report`:

    realnet reproduce haxby --data DIR --swap report=docs/examples/origin_report.py
    dagger call reproduce --study haxby --data DIR --swap report=docs/examples/origin_report.py export --path out

Called as

    origin_report.py --params params.json --in PORT=DIR [--in PORT=DIR ...] --out DIR

it reads each input's manifest.json, writes report.html and results.json below
DIR, and exits 0. It writes no manifest: the executor checks the files against
the stage's schema and seals them. Standard library alone.

A stage that reads or writes tables finds Parquet files beside manifest.json,
which pyarrow reads: pyarrow.parquet.read_table(DIR + "/statistics.parquet").
"""

import argparse
import html
import json
import pathlib
import shutil
import sys

ROW = "<tr><td>{}</td><td>{}</td><td><code>{}</code></td><td><code>{}</code></td></tr>"
PAGE = """<!doctype html>
<meta charset="utf-8"><title>Origin of {study}</title>
<h1>Origin of {study}</h1>
<table><tr><th>port</th><th>stage</th><th>digest</th><th>code</th></tr>
{rows}
</table>
"""


def main() -> int:
    flags = argparse.ArgumentParser()
    flags.add_argument("--params", required=True, type=pathlib.Path)
    flags.add_argument("--in", dest="inputs", action="append", default=[], metavar="PORT=DIR")
    flags.add_argument("--out", required=True, type=pathlib.Path)
    args = flags.parse_args()

    params = json.loads(args.params.read_text())
    rows, results = [], []
    for text in args.inputs:
        port, _, folder = text.partition("=")
        manifest = json.loads((pathlib.Path(folder) / "manifest.json").read_text())
        made = manifest["provenance"]
        cells = (port, made["stage"], manifest["digest"][7:19], made["code"][:17])
        rows.append(ROW.format(*(html.escape(c) for c in cells)))
        size = float(sum(f["size"] for f in manifest["files"]))
        results.append({"name": f"bytes/{port}/{len(results)}", "value": size, "n": len(manifest["files"])})
    if not rows:
        print("no input artifact: nothing to report", file=sys.stderr)
        return 1

    study = params.get("study", "")
    partial = args.out.with_name(args.out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    (partial / "report.html").write_text(PAGE.format(study=html.escape(str(study)), rows="\n".join(rows)))
    (partial / "results.json").write_text(json.dumps({"study": study, "parameters": params, "results": results}, indent=1))
    partial.rename(args.out)  # --out is there when all went well, and only then
    return 0


if __name__ == "__main__":
    sys.exit(main())
