#!/usr/bin/env bash
# Checks the Dagger module. It always compiles, vets and tests it, against the public
# client of the engine's release in place of the code that an engine generates. When an
# engine answers, it also runs a study through it and compares the artifacts with those
# of this machine's own program; edits, reuse and faults are tried on what that left.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
module=$temp/module
mkdir -p "$module/internal/dagger"
cp ci/dagger/*.go ci/dagger/go.mod ci/dagger/go.sum "$module"
rm -f "$module/dagger.gen.go"
cp ci/dagger/testdata/client/dagger.txt "$module/internal/dagger/dagger.go"
cp ci/dagger/testdata/client/dag.txt "$module/dag.go"
(
	cd "$module"
	go mod edit -require=dagger.io/dagger@v0.21.8
	export GOFLAGS=-mod=mod GONOSUMDB='github.com/dagger/*'
	go vet ./...
	REALNET_SOURCES=$here go test ./...
)
echo "the Dagger module compiles, vets and passes its tests"

skip() { echo "SKIPPED: $1, so no study ran in containers"; exit 0; }
export DO_NOT_TRACK=1 DAGGER_NO_NAG=1
command -v dagger >/dev/null 2>&1 || skip "the dagger command is absent"
if [ -z "${_EXPERIMENTAL_DAGGER_RUNNER_HOST:-}" ] && ! docker info >/dev/null 2>&1; then
	skip "neither _EXPERIMENTAL_DAGGER_RUNNER_HOST nor Docker answers"
fi
timeout 120 dagger -s core version >/dev/null 2>&1 || skip "no engine answers (dagger core version)"
data=${REALNET_REALDATA:-../shared/realdata}
[ -d "$data/haxby2001" ] || skip "$data/haxby2001 is absent"
data=$(realpath "$data")

fail() { echo "FAILED: $1"; exit 1; }
# The same Go release here and there: it is part of the code's identity.
release=$(go env GOVERSION)
call() { dagger call --progress=plain --go-release "${release#go}" "$@"; }

call reproduce --study haxby --data "$data" export --path "$temp/containers"
go build -o "$temp/realnet" .
REALNET_STORE=$temp/store "$temp/realnet" reproduce haxby --data "$data" --out "$temp/here"
REALNET_STORE=$temp/store "$temp/realnet" artifacts verify "$temp/here" --against "$temp/containers"
call verify --run "$temp/containers"

# A run's artifacts are checked against run.json: another run's valid one is no match.
cp -r "$temp/containers" "$temp/mixed"
call reproduce --study haxby --data "$data" --set rdm.metric=euclidean export --path "$temp/other"
rm -r "$temp/mixed/artifacts/rdm" && cp -r "$temp/other/artifacts/rdm" "$temp/mixed/artifacts/rdm"
if said=$(call verify --run "$temp/mixed" 2>&1); then fail "verify passes with another run's rdm"; fi
grep -q 'rdm/001' <<<"$said" || fail "verify does not name rdm/001"

# An exported run is reused, also as an own study file and folder from anywhere.
mkdir -p "$temp/lab/files" && cp -r "$data/haxby2001/." "$temp/lab/files/"
cp pipeline/studies/haxby.yaml "$temp/lab/mine.yaml"
call reproduce --study-file "$temp/lab/mine.yaml" --data "$data" --reuse "$temp/containers" export --path "$temp/reused"
made=$(find "$temp/reused/facts" -name facts.json 2>/dev/null | wc -l)
[ "$made" -le 1 ] || fail "reuse made $made nodes again"

# A comment runs its stage again and nothing after it: the artifact is the same.
mkdir "$temp/tree"
git ls-files -z | tar --null -T - -c | tar -x -C "$temp/tree"
sed -i '1i // One line of comment more.' "$temp/tree/stages/rdm/rdm.go"
(cd "$temp/tree" && call reproduce --study haxby --data "$data" export --path "$temp/commented")
again=$(cd "$temp/commented/facts" && find . -name facts.json | sort | while read -r f; do cmp -s "$f" "$temp/containers/facts/$f" || echo "$f"; done)
[ "$again" = ./rdm/001/facts.json ] || fail "a comment in stages/rdm ran $again"

# Of a folder, only what the study may read is taken, and the study runs on it.
echo unread >"$temp/lab/files/unread.bin"
(cd "$temp/lab" && dagger -m "$here" call --progress=plain --go-release "${release#go}" with-files --folder files --study haxby plan --study haxby) >"$temp/plan.json"
grep -q '"fmri/001"' "$temp/plan.json" || fail "with-files gives no plan"

# A truncated run of BOLD ends with the stage's own words and its exit code.
bold=$(find "$temp/lab/files" -name 'bold_1slice.nii.gz' | sort | head -1)
head -c 20000 "$bold" >"$bold.part" && mv "$bold.part" "$bold"
if said=$(call reproduce --study haxby --data "$temp/lab/files" 2>&1); then fail "a truncated run passes"; fi
grep -q 'truncated' <<<"$said" || fail "the fault of the file is not said"
grep -q 'exit code 1' <<<"$said" || fail "the exit code is not said"
echo "studies run in containers as they do here"
