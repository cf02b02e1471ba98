#!/usr/bin/env bash
# Checks the Dagger module. It always compiles and vets it, against the public
# client of the engine's release in place of the code that an engine generates.
# When an engine answers, it also runs a study through it and compares the
# artifacts with those of this machine's own program.
set -euo pipefail
cd "$(dirname "$0")/.."

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
cp ci/dagger/*.go ci/dagger/go.mod ci/dagger/go.sum "$temp"
rm -f "$temp/dagger.gen.go"
mkdir -p "$temp/internal/dagger"
cp ci/dagger/testdata/client/dagger.txt "$temp/internal/dagger/dagger.go"
cp ci/dagger/testdata/client/dag.txt "$temp/dag.go"
(cd "$temp" && go mod edit -require=dagger.io/dagger@v0.21.8 && GOFLAGS=-mod=mod GONOSUMDB='github.com/dagger/*' go vet ./...)
echo "the Dagger module compiles and vets"

skip() { echo "SKIPPED: $1, so no study ran in containers"; exit 0; }
export DO_NOT_TRACK=1 DAGGER_NO_NAG=1
command -v dagger >/dev/null 2>&1 || skip "the dagger command is absent"
if [ -z "${_EXPERIMENTAL_DAGGER_RUNNER_HOST:-}" ] && ! docker info >/dev/null 2>&1; then
	skip "neither _EXPERIMENTAL_DAGGER_RUNNER_HOST nor Docker answers"
fi
timeout 120 dagger -s core version >/dev/null 2>&1 || skip "no engine answers (dagger core version)"
data=${REALNET_REALDATA:-../shared/realdata}
[ -d "$data/haxby2001" ] || skip "$data/haxby2001 is absent"

# The same Go release here and there: it is part of the code's identity.
release=$(go env GOVERSION)
call() { dagger call --progress=plain --go-release "${release#go}" "$@"; }
call reproduce --study haxby --data "$data" export --path "$temp/containers"
REALNET_STORE=$temp/store go run . reproduce haxby --data "$data" --out "$temp/here"
call verify --run "$temp/containers" --against "$temp/here"
