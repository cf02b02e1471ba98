#!/bin/sh
# keep-artifacts.sh RUN FOLDER: copies the artifacts of a run's folder to FOLDER, which a
# later run takes with --reuse. A finished run replaces all that is there; one that failed
# comes beside the last finished run, so that neither a bad edit nor the edit that mends
# it makes anything again.
set -eu
kept=$2/finished
if [ -e "$1/failed.txt" ]; then
	kept=$2/failed
else
	rm -rf "${2:?}/failed"
fi
rm -rf "$kept"
mkdir -p "$kept"
[ ! -d "$1/artifacts" ] || cp -r "$1/artifacts/." "$kept/"
