#!/bin/sh
# Makes an artifact, reads it with DuckDB and apache-arrow, compares the sums.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

(cd "$here/../.." && INTEROP_OUT="$work" go test ./artifacts -run '^TestMakeInteropArtifact$' -count=1)
(cd "$here" && CGO_ENABLED=1 go run . "$work/artifact") >"$work/tables.got"
cp "$here/tensors.mjs" "$work/"
(cd "$work" && npm install --silent --no-fund --no-audit apache-arrow@21.1.0 && node tensors.mjs artifact) >"$work/tensors.got"

for what in tables tensors; do
  diff "$work/$what.want" "$work/$what.got"
  cat "$work/$what.got"
  echo "$what: $(wc -l <"$work/$what.want") sums agree"
done
