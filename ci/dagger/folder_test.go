package main

import "testing"

// The report of a run that failed is among the artifacts of its folder, if it was made.
func TestReportOfARun(t *testing.T) {
	for text, want := range map[string][2]string{
		`{"nodes": [{"id": "rdm/001", "stage": "rdm", "digest": "sha256:ab"}, {"id": "report", "stage": "report", "digest": "sha256:cd"}]}`: {"report", "cd"},
		`{"nodes": [{"id": "report", "stage": "report", "phase": "failed"}]}`:                                                               {"", ""},
		`{}`: {"", ""},
	} {
		id, object, err := reportOf(text)
		if err != nil || id != want[0] || object != want[1] {
			t.Errorf("%s: %q, %q, %v; want %q", text, id, object, err, want)
		}
	}
	if _, _, err := reportOf("no JSON"); err == nil {
		t.Error("a broken run.json passes")
	}
}
