#!/usr/bin/env bash
# Checks the Dagger module. It always compiles, vets and tests it, against the public
# client of the engine's release in place of the code that an engine generates. When an
# engine answers, it also runs a study of two subjects through it (the second is a copy of
# the first), compares the artifacts with those of this machine's own program, and tries
# on what that left what docs/dagger.md promises: edits, reuse, swaps, secrets, faults.
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
# refused TEXT...: the call fails, and what it says has every TEXT.
refused() {
	local texts=() said
	while [ "$1" != -- ]; do texts+=("$1"); shift; done
	shift
	if said=$(call "$@" 2>&1); then fail "passes: $*"; fi
	for text in "${texts[@]}"; do grep -qF -- "$text" <<<"$said" || fail "no word of \"$text\": $said"; done
}
# ran FOLDER: the nodes that were made for it and not for the first run: facts/ says when.
ran() {
	(cd "$1/facts" 2>/dev/null || exit 0; find . -name facts.json | sort) | while read -r f; do
		cmp -s "$1/facts/$f" "$temp/first/facts/$f" || echo "$f" | sed 's|^\./||; s|/facts.json$||'
	done | paste -sd' '
}
# only EDIT FOLDER NODE...: these nodes ran again because of an edit.
only() {
	local edit=$1 got; got=$(ran "$2"); shift 2
	[ "$got" = "$*" ] || fail "$edit: \"$got\" ran again, not \"$*\""
}
nodes_of_two='fetch/fmri/002 fmri/002 rdm/002 report rsa/002 stats'

mkdir -p "$temp/lab/files" "$temp/tree"
cp -r "$data/haxby2001/." "$temp/lab/files/" && chmod -R u+w "$temp/lab"
cp -r "$temp/lab/files/sub001" "$temp/lab/files/sub002"
sed -e 's/dataset: haxby2001/folder: files/' -e '/^    files:/d' -e 's/^subjects:.*/subjects: ["001", "002"]/' pipeline/studies/haxby.yaml >"$temp/lab/mine.yaml"
git ls-files -z | tar --null -T - -c | tar -x -C "$temp/tree"
study=(--study-file "$temp/lab/mine.yaml" --data "$temp/lab")

call reproduce "${study[@]}" export --path "$temp/first"
go build -o "$temp/realnet" .
REALNET_STORE=$temp/store "$temp/realnet" reproduce "$temp/lab/mine.yaml" --data "$temp/lab" --out "$temp/here"
REALNET_STORE=$temp/store "$temp/realnet" artifacts verify "$temp/here" --against "$temp/first"
call verify --run "$temp/first"

# What an edit runs again.
sed -i '1i // One line of comment more.' "$temp/tree/stages/rdm/rdm.go"
sed -i 's/This report is of a partial run/This is the report of a partial run/' "$temp/tree/stages/report/assets/page.html"
echo "One line more." >>"$temp/tree/README.md"
(cd "$temp/tree" && call reproduce "${study[@]}" export --path "$temp/edited")
only "a comment in stages/rdm, a word of the report and one of the README" "$temp/edited" rdm/001 rdm/002 report
events=$temp/lab/files/sub002/BOLD/task001_run001/bold_events.tsv
cp "$events" "$temp/events" && sed -i '2s/^[0-9.]*/0.25/' "$events"
call reproduce "${study[@]}" export --path "$temp/event"
only "an event of one subject of two" "$temp/event" $nodes_of_two
cp "$temp/events" "$events" && echo unread >"$temp/lab/files/notes.txt"
call reproduce "${study[@]}" export --path "$temp/unread"
only "a file that no stage reads" "$temp/unread"
call reproduce "${study[@]}" --set rsa.method=pearson --set 'about=One, two' export --path "$temp/parameter"
only "a parameter of rsa" "$temp/parameter" report rsa/001 rsa/002 stats
grep -q 'One, two' "$temp/parameter/report.html" || fail "a value with a comma is cut"

# An exported run is reused; another run's valid artifact in its place is no match.
call reproduce "${study[@]}" --reuse "$temp/first" export --path "$temp/reused"
only "--reuse" "$temp/reused"
cp -r "$temp/first" "$temp/mixed" && rm -r "$temp/mixed/artifacts/rsa" && cp -r "$temp/parameter/artifacts/rsa" "$temp/mixed/artifacts/rsa"
echo "<!-- altered -->" >>"$temp/mixed/report.html"
refused rsa/001 rsa/002 report.html -- verify --run "$temp/mixed"

# A swap, in every function that takes one.
origin=docs/examples/origin_report.py
call reproduce "${study[@]}" --swap report=$origin export --path "$temp/swapped"
only "a swap of the report" "$temp/swapped" report
call report "${study[@]}" --swap report=$origin export --path "$temp/page.html"
cmp "$temp/page.html" "$temp/swapped/report.html" || fail "report --swap gives another page than reproduce --swap"
call debug "${study[@]}" --node report --swap report=$origin with-exec --args=/debug/run directory --path /out/artifact export --path "$temp/debugged"
cmp "$temp/page.html" "$temp/debugged/report.html" || fail "debug --swap gives another page than reproduce --swap"
mkdir "$temp/programs"
printf '#!/bin/sh\nwhile [ "$1" != --out ]; do shift; done\nmkdir -p "$2" && echo "<p>mine</p>" >"$2/report.html" && echo "{}" >"$2/results.json"\n' >"$temp/programs/page"
printf '#!/bin/sh\necho "{\\"level\\":\\"info\\",\\"message\\":\\"pairs\\",\\"done\\":3,\\"total\\":12}" >&2\nkill -9 $PPID\n' >"$temp/programs/killed"
printf '#!/bin/sh\necho "no license for this atlas" >&2\nexit 7\n' >"$temp/programs/refuses"
printf '#!/usr/bin/nopython\n' >"$temp/programs/lost"
chmod +x "$temp/programs/"*
call stage --name report --inputs "$temp/first" --in statistics=artifacts/stats --swap page --programs "$temp/programs" export --path "$temp/staged"
grep -q '<p>mine</p>' "$temp/staged/report.html" || fail "stage --swap does not run the program"

# How a stage fails is said: its own words, its exit code or signal, and in the report.
swapped() { echo reproduce "${study[@]}" --programs "$temp/programs" --swap "rdm=$1"; }
refused 'rdm/001: ' 'killed by signal 9' 'it was at: pairs, 3 of 12' '4 of 10 nodes finished' -- $(swapped killed)
refused 'rdm/001: ' 'no license for this atlas' 'exit code 7' -- $(swapped refuses)
refused 'its interpreter /usr/bin/nopython, which its first line names, is not there' -- $(swapped lost)
bold=$(find "$temp/lab/files/sub002" -name 'bold_1slice.nii.gz' | sort | head -1)
head -c 20000 "$bold" >"$bold.part" && mv "$bold.part" "$bold"
refused 'fmri/002: ' truncated '(exit code 1)' 'are copies of folder files of --data' -- reproduce "${study[@]}"
call reproduce "${study[@]}" --lenient export --path "$temp/lenient"
for page in report.html failed.txt; do grep -q 'fmri/002: .*truncated' "$temp/lenient/$page" || fail "$page does not say that fmri/002 failed on a truncated file"; done
call verify --run "$temp/lenient"

# A failed run costs nothing of what CI keeps of the one before.
ci/keep-artifacts.sh "$temp/first" "$temp/kept"
ci/keep-artifacts.sh "$temp/lenient" "$temp/kept"
cp -r "$data/haxby2001/sub001/." "$temp/lab/files/sub002/"
call reproduce "${study[@]}" --reuse "$temp/kept" export --path "$temp/mended"
only "--reuse of what CI keeps" "$temp/mended"
refused 'give --data DIR if it is elsewhere: then DIR/files is taken' -- plan --study-file "$temp/lab/mine.yaml"
refused 'must be downloaded manually' -- reproduce --study paper

# Of a folder, only what the study may read is taken, and the study runs on it.
(cd "$temp/lab" && dagger -m "$here" call --progress=plain --go-release "${release#go}" with-files --folder files --study haxby plan --study haxby) >"$temp/plan.json"
grep -q '"fmri/001"' "$temp/plan.json" || fail "with-files gives no plan"

# The builds see the proxy and its password, and the programs their version.
cat >"$temp/tree/ci/programs/secrets.go" <<'GO'
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
)

func init() {
	netrc, _ := os.ReadFile("/root/.netrc")
	fmt.Fprintf(os.Stderr, "proxy %x, netrc %x\n", sha256.Sum256([]byte(os.Getenv("GOPROXY"))), sha256.Sum256(netrc))
	os.Exit(1)
}
GO
export REALNET_CHECK_PROXY="https://proxy.example.org,off"
echo "machine proxy.example.org login me password $RANDOM" >"$temp/netrc"
digest() { sha256sum | cut -d' ' -f1; }
(cd "$temp/tree" && refused "proxy $(printf %s "$REALNET_CHECK_PROXY" | digest), netrc $(digest <"$temp/netrc")" \
	-- --go-proxy env://REALNET_CHECK_PROXY --netrc "file://$temp/netrc" stage --name rdm --inputs "$temp/first" --in patterns=artifacts/fmri/001)
call image --version v9.9.9-check with-exec --args=/realnet,version stdout >"$temp/version"
grep -q 'v9.9.9-check' "$temp/version" || fail "the image does not report its version"
echo "studies run in containers as they do here"
