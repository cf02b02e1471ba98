#!/bin/sh
# JPEGs of 500 x 375 decoded and resized to 224 x 224: Pillow on one core beside realnet on all, alternating, in one run.
# Usage: ci/peers/images.sh [rounds]     (needs python3-pil, python3-numpy)
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
python=/usr/bin/python3
$python ci/peers/images.py make "$work"
go test -c -o "$work/bench" ./data/images
for i in $(seq "${1:-5}"); do
	$python ci/peers/images.py time "$work"
	(cd data/images && REALNET_BENCH_IMAGES=$work "$work/bench" -test.run '^$' -test.bench 'Squash|Decode|Resize' -test.benchtime 200x | grep ns/op)
done | $python ci/peers/images.py report
