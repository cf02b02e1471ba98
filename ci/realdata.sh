#!/usr/bin/env bash
# Fetches the small public files that tests read, about 10 MB:
#   ci/realdata.sh DIR && REALNET_REALDATA=DIR go test ./...
# Tests whose files are absent say that they skip: those of a sample of bdpy
# (bdata/sample_vmap.h5) and of the names of Shen's images (shen2019-stimuli), which no
# program can fetch.
set -euo pipefail
dir=$(realpath -m "${1:?give a folder}")
cd "$(dirname "$0")/.."
fetch() { go run . data fetch "$1" --dir "$dir" "${@:2}"; }
fetch haxby2001
fetch kriegeskorte2008
fetch algonauts2019-92
fetch ds001506 --files dataset_description.json --files README --files \
	'sub-0[12]/ses-perceptionNaturalImageT*01/func/*_events.tsv' --files 'sub-0[12]/ses-perceptionNaturalImageT*01/func/*_bold.json'
