#!/usr/bin/env bash
# screenshots.sh RUN...: checks the reports of finished runs in a browser and renews their
# pictures in docs/report/. The name of a run's folder is that of its pictures.
set -euo pipefail
cd "$(dirname "$0")/../.."
shots=$(mktemp -d)
trap 'rm -rf "$shots"' EXIT
[ $# -gt 0 ] || { echo "screenshots.sh RUN...: folders of runs, such as runs/demo" >&2; exit 2; }
[ -e ci/browser/node_modules/axe-core ] || npm ci --prefix ci/browser --no-audit --no-fund --silent
reports=$(for run in "$@"; do realpath "$run"; done | paste -sd:)
REALNET_REPORTS=$reports REALNET_SCREENSHOTS=$shots go test ./stages/report -run TestRunsInBrowser -count 1 -timeout 30m
mkdir -p docs/report
cp "$shots"/*-1280-*.png "$shots"/*-390-*.png docs/report/
if [ -e docs/report/demo-1280-light.png ]; then
	cp docs/report/demo-1280-light.png docs/report.png # the picture of the README
fi
