#!/bin/sh
# keep-artifacts.sh RUN FOLDER: copies the artifacts of a run's folder to FOLDER, for the
# --reuse of a later run. Each replaces that of its node; artifacts of nodes that this run
# did not finish stay, so that a failed run costs nothing of what the one before made.
set -eu
[ -d "$1/artifacts" ] || { echo "$1 has no artifacts" >&2; exit 1; }
mkdir -p "$2"
(cd "$1/artifacts" && find . -name manifest.json) | while read -r manifest; do
	node=${manifest%/manifest.json}
	rm -rf "${2:?}/$node"
	mkdir -p "$2/$node"
	cp -r "$1/artifacts/$node/." "$2/$node/"
done
