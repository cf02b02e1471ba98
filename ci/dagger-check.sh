#!/usr/bin/env bash
# dagger-check.sh [CHECK...]: checks the Dagger module, all of it or the named checks.
# `module` needs no engine: it compiles, vets and tests the module, against the public
# client of the engine's release in place of the code that an engine generates. The others
# run where an engine answers: a study of two subjects (the second is a copy of the first),
# its artifacts compared with those of this machine's own program, and on what that left
# what docs/dagger.md promises: edits, reuse, swaps, secrets, faults. Each check makes what
# it needs itself, and says how long it took.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD

all='module first edits event unread parameter reuse mixed swaps failures truncated kept refused files secrets version'
checks=${*:-$all}
for check in $checks; do
	case " $all " in *" $check "*) ;; *) echo "no check is called $check; there are: $all" >&2; exit 2 ;; esac
done
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
fail() { echo "FAILED: $1"; exit 1; }
skip() { echo "SKIPPED: $1, so no study ran in containers"; exit 0; }
# timed CHECK: runs it and says how long it took; the first failure ends the script.
timed() {
	local start=$SECONDS
	echo "== $1"
	"check_$1"
	echo "passed: $1, $((SECONDS - start)) s"
}

check_module() {
	local module=$temp/module
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
}
case " $checks " in *' module '*) timed module ;; esac
[ "$checks" != module ] || exit 0

export DO_NOT_TRACK=1 DAGGER_NO_NAG=1
command -v dagger >/dev/null 2>&1 || skip "the dagger command is absent"
if [ -z "${_EXPERIMENTAL_DAGGER_RUNNER_HOST:-}" ] && ! docker info >/dev/null 2>&1; then
	skip "neither _EXPERIMENTAL_DAGGER_RUNNER_HOST nor Docker answers"
fi
timeout 120 dagger -s core version >/dev/null 2>&1 || skip "no engine answers (dagger core version)"
data=${REALNET_REALDATA:-../shared/realdata}
[ -d "$data/haxby2001" ] || skip "$data/haxby2001 is absent"
data=$(realpath "$data")

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
# run NAME ARGUMENT...: the study's run with these arguments, as the folder NAME.
run() { call reproduce "${study[@]}" "${@:2}" export --path "$temp/$1" >/dev/null; }
# need NAME ARGUMENT...: the same, unless an earlier check made it.
need() { [ -e "$temp/$1" ] || run "$@"; }
# ran FOLDER: the nodes that were made for it and not for the first run: facts/ says when.
ran() {
	(cd "$1/facts" 2>/dev/null || exit 0; find . -name facts.json | sort) | while read -r f; do
		cmp -s "$1/facts/$f" "$temp/first/facts/$f" || echo "$f" | sed 's|^\./||; s|/facts.json$||'
	done | paste -sd' '
}
# only EDIT FOLDER NODE...: these nodes ran again because of an edit.
only() {
	local edit=$1 folder=$temp/$2 got
	[ -e "$folder/run.json" ] || fail "$edit: there is no run in $2"
	got=$(ran "$folder"); shift 2
	[ "$got" = "$*" ] || fail "$edit: \"$got\" ran again, not \"$*\""
}

lab=$temp/lab tree=$temp/tree
mkdir -p "$lab/files" "$tree"
cp -r "$data/haxby2001/." "$lab/files/" && chmod -R u+w "$lab"
cp -r "$lab/files/sub001" "$lab/files/sub002"
sed -e 's/dataset: haxby2001/folder: files/' -e '/^    files:/d' -e 's/^subjects:.*/subjects: ["001", "002"]/' pipeline/studies/haxby.yaml >"$lab/mine.yaml"
git ls-files -z | tar --null -T - -c | tar -x -C "$tree"
study=(--study-file "$lab/mine.yaml" --data "$lab")
origin=docs/examples/origin_report.py
own() { # the program of this machine
	[ -e "$temp/realnet" ] || go build -o "$temp/realnet" .
	REALNET_STORE=$temp/store "$temp/realnet" "$@"
}

check_first() {
	need first
	own reproduce "$lab/mine.yaml" --data "$lab" --out "$temp/here"
	own artifacts verify "$temp/here" --against "$temp/first"
	call verify --run "$temp/first"
}

# What an edit runs again.
check_edits() {
	need first
	sed -i '1i // One line of comment more.' "$tree/stages/rdm/rdm.go"
	sed -i 's/This report is of a partial run/This is the report of a partial run/' "$tree/stages/report/assets/page.html"
	echo "One line more." >>"$tree/README.md"
	(cd "$tree" && run edited)
	only "a comment in stages/rdm, a word of the report and one of the README" edited rdm/001 rdm/002 report
}

check_event() {
	need first
	local events=$lab/files/sub002/BOLD/task001_run001/bold_events.tsv
	cp "$events" "$temp/events" && sed -i '2s/^[0-9.]*/0.25/' "$events"
	run event
	cp "$temp/events" "$events"
	only "an event of one subject of two" event fetch/fmri/002 fmri/002 rdm/002 report rsa/002 stats
}

check_unread() {
	need first
	echo unread >"$lab/files/notes.txt"
	run unread
	rm "$lab/files/notes.txt"
	only "a file that no stage reads" unread
}

parameter=(--set rsa.method=pearson --set 'about=One, two')
check_parameter() {
	need first
	need parameter "${parameter[@]}"
	only "a parameter of rsa" parameter report rsa/001 rsa/002 stats
	grep -q 'One, two' "$temp/parameter/report.html" || fail "a value with a comma is cut"
}

check_reuse() {
	need first
	# Without it the engine's cache has all nodes too, but the programs of stages are asked for.
	run again --set 'about=Once more' 2>"$temp/progress"
	grep -q 'programs of the stages' "$temp/progress" || fail "a run without --reuse shows no programs of stages: $(cat "$temp/progress")"
	run reused --reuse "$temp/first" 2>"$temp/progress"
	only "--reuse" reused
	! grep 'programs of the stages' "$temp/progress" || fail "--reuse of a whole run builds programs of stages"
}

# Another run's valid artifact in its place, and an altered page, are no match.
check_mixed() {
	need first
	need parameter "${parameter[@]}"
	cp -r "$temp/first" "$temp/mixed" && rm -r "$temp/mixed/artifacts/rsa" && cp -r "$temp/parameter/artifacts/rsa" "$temp/mixed/artifacts/rsa"
	echo "<!-- altered -->" >>"$temp/mixed/report.html"
	refused rsa/001 rsa/002 report.html -- verify --run "$temp/mixed"
}

# A swap, in every function that takes one.
check_swaps() {
	need first
	run swapped --swap report=$origin
	only "a swap of the report" swapped report
	call report "${study[@]}" --swap report=$origin export --path "$temp/page.html" >/dev/null
	cmp "$temp/page.html" "$temp/swapped/report.html" || fail "report --swap gives another page than reproduce --swap"
	call debug "${study[@]}" --node report --swap report=$origin with-exec --args=/debug/run directory --path /out/artifact export --path "$temp/debugged" >/dev/null
	cmp "$temp/page.html" "$temp/debugged/report.html" || fail "debug --swap gives another page than reproduce --swap"
	mkdir "$temp/page"
	printf '#!/bin/sh\nwhile [ "$1" != --out ]; do shift; done\nmkdir -p "$2" && echo "<p>mine</p>" >"$2/report.html" && echo "{}" >"$2/results.json"\n' >"$temp/page/page"
	chmod +x "$temp/page/page"
	call stage --name report --inputs "$temp/first" --in statistics=artifacts/stats --swap page --programs "$temp/page" export --path "$temp/staged" >/dev/null
	grep -q '<p>mine</p>' "$temp/staged/report.html" || fail "stage --swap does not run the program"
}

# How a stage fails is said: its own words, its exit code or signal.
check_failures() {
	local programs=$temp/programs
	mkdir "$programs"
	printf '#!/bin/sh\necho "{\\"level\\":\\"info\\",\\"message\\":\\"pairs\\",\\"done\\":3,\\"total\\":12}" >&2\nkill -9 $PPID\n' >"$programs/killed"
	printf '#!/bin/sh\necho "no license for this atlas" >&2\nexit 7\n' >"$programs/refuses"
	printf '#!/usr/bin/nopython\n' >"$programs/lost"
	chmod +x "$programs/"*
	local swapped=(reproduce "${study[@]}" --programs "$programs" --swap)
	refused 'rdm/001: ' 'killed by signal 9' 'it was at: pairs, 3 of 12' '4 of 10 nodes finished' -- "${swapped[@]}" rdm=killed
	refused 'rdm/001: ' 'no license for this atlas' 'exit code 7' -- "${swapped[@]}" rdm=refuses
	refused 'its interpreter /usr/bin/nopython, which its first line names, is not there' -- "${swapped[@]}" rdm=lost
}

bold=$(find "$lab/files/sub002" -name 'bold_1slice.nii.gz' | sort | head -1)
# truncate_bold and mend_bold damage one file of the second subject and put it back.
truncate_bold() { head -c 20000 "$bold" >"$bold.part" && mv "$bold.part" "$bold"; }
mend_bold() { cp "${bold/sub002/sub001}" "$bold"; }

# A damaged file: in the call's words, in the report's, and the folder is verified.
check_truncated() {
	truncate_bold
	refused 'fmri/002: ' truncated '(exit code 1)' 'are copies of folder files of --data' -- reproduce "${study[@]}"
	need lenient --lenient
	mend_bold
	for page in report.html failed.txt; do grep -q 'fmri/002: .*truncated' "$temp/lenient/$page" || fail "$page does not say that fmri/002 failed on a truncated file"; done
	call verify --run "$temp/lenient"
}

# A failed run costs nothing of what CI keeps of the one before.
check_kept() {
	need first
	truncate_bold
	need lenient --lenient
	mend_bold
	ci/keep-artifacts.sh "$temp/first" "$temp/kept"
	ci/keep-artifacts.sh "$temp/lenient" "$temp/kept"
	run mended --reuse "$temp/kept"
	only "--reuse of what CI keeps" mended
}

check_refused() {
	refused 'give --data DIR if it is elsewhere: then DIR/files is taken' -- plan --study-file "$lab/mine.yaml"
	refused 'must be downloaded manually' -- reproduce --study paper
}

# Of a folder, only what the study may read is taken, and the study runs on it.
check_files() {
	echo unread >"$lab/files/notes.txt"
	(cd "$lab" && dagger -m "$here" call --progress=plain --go-release "${release#go}" with-files --folder files --study haxby \
		reproduce --study haxby export --path "$temp/filtered" >/dev/null)
	own reproduce haxby --data "$lab/files" --out "$temp/haxby"
	rm "$lab/files/notes.txt"
	own artifacts verify "$temp/haxby" --against "$temp/filtered"
}

# The builds see the proxy and its password.
check_secrets() {
	need first
	cat >"$tree/ci/programs/secrets.go" <<'GO'
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
	(cd "$tree" && refused "proxy $(printf %s "$REALNET_CHECK_PROXY" | digest), netrc $(digest <"$temp/netrc")" \
		-- --go-proxy env://REALNET_CHECK_PROXY --netrc "file://$temp/netrc" stage --name rdm --inputs "$temp/first" --in patterns=artifacts/fmri/001)
	rm "$tree/ci/programs/secrets.go"
}

check_version() {
	call image --version v9.9.9-check with-exec --args=/realnet,version stdout >"$temp/version"
	grep -q 'v9.9.9-check' "$temp/version" || fail "the image does not report its version"
}

for check in $checks; do
	[ "$check" = module ] || timed "$check"
done
[ "$checks" != "$all" ] || echo "studies run in containers as they do here"
