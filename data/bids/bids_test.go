package bids

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"realnet/data/realdata"
)

// Every events.tsv of two subjects of ds001506 (Shen et al. 2019): bytes come back, runs
// tile their 478 s without gap, and the sidecar gives TR = 2 s.
func TestShenEventsAreLossless(t *testing.T) {
	d, err := Open(realdata.Path(t, "ds001506"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Description.Name != "Deep Image Reconstruction" || len(d.Description.Authors) != 4 {
		t.Errorf("description: %+v", d.Description)
	}
	subjects, err := d.Subjects()
	if err != nil || strings.Join(subjects, " ") != "01 02" {
		t.Fatalf("subjects %v, %v", subjects, err)
	}
	runs, err := d.Runs(Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 34 {
		t.Fatalf("%d runs, the folder has 34 events.tsv", len(runs))
	}
	stimuli := 0
	for _, run := range runs {
		raw, err := os.ReadFile(run.Events)
		if err != nil {
			t.Fatal(err)
		}
		events, err := ReadEvents(run.Events)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(events.Encode(), raw) {
			t.Errorf("%s: bytes differ after reading and writing", run.Events)
		}
		kind, err := events.Float("event_type")
		if err != nil {
			t.Fatal(err)
		}
		names, err := events.Text("stimulus_name")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := events.Float("response_time"); err != nil {
			t.Error(err)
		}
		at := 0.0
		for i := range events.Rows {
			if events.Onset[i] != at {
				t.Errorf("%s: event %d begins at %g s, the one before ended at %g s", run.Events, i, events.Onset[i], at)
			}
			at += events.Duration[i]
			if kind[i] > 0 {
				stimuli++
			}
			if (kind[i] < 0) != (names[i] == "n/a") {
				t.Errorf("%s: event %d of type %g is named %q", run.Events, i, kind[i], names[i])
			}
		}
		if at != 478 {
			t.Errorf("%s: events end at %g s, want 478", run.Events, at)
		}
		sidecar, err := run.Sidecar()
		if err != nil {
			t.Fatal(err)
		}
		if sidecar.RepetitionTime != 2 || sidecar.TaskName != "perception" || bytes.Count(sidecar.Fields["SliceTiming"], []byte(",")) != 75 || len(sidecar.Fields) != 9 {
			t.Errorf("%s: %d fields, TR %g", run.Name, len(sidecar.Fields), sidecar.RepetitionTime)
		}
	}
	if want := 34 * 55; stimuli != want {
		t.Errorf("%d stimulus blocks, want %d (50 + 5 repeats a run)", stimuli, want)
	}
	few, err := d.Runs(Filter{Subject: "02", Session: "perceptionNaturalImageTest*", Run: "10"})
	if err != nil || len(few) != 1 || few[0].Name.Get("run") != "10" {
		t.Errorf("filtered: %v, %v", few, err)
	}
}

func TestHaxbyTables(t *testing.T) {
	dir := realdata.Path(t, "haxby2001", "sub001", "BOLD", "task001_run001")
	events, err := ReadEvents(filepath.Join(dir, "bold_events.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := events.Text("trial_type")
	if err != nil || len(kinds) != 8 || kinds[0] != "scissors" || events.Onset[1] != 52.5 || events.Duration[7] != 22.5 {
		t.Errorf("%v at %v, %v", kinds, events.Onset, err)
	}
	motion, err := ReadMotion(filepath.Join(dir, "bold_moest.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if motion.Volumes != 121 || len(motion.Names) != 6 || motion.Data[0] != -0.00416487 || motion.Data[6*2+5] != -0.0207151 {
		t.Errorf("%d x %d, first %v", motion.Volumes, len(motion.Names), motion.Data[:6])
	}
}

// tree writes files of a dataset to a temporary folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(root, name), content)
	}
	return root
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}

const description = `{"Name": "x", "BIDSVersion": "1.8.0"}`

func TestInheritance(t *testing.T) {
	root := tree(t, map[string]string{
		"dataset_description.json":                                     description,
		"task-a_bold.json":                                             `{"RepetitionTime": 3, "TaskName": "a", "EchoTime": 0.03}`,
		"task-b_bold.json":                                             `{"RepetitionTime": 9}`,
		"task-a_events.tsv":                                            "onset\tduration\n0\t1\n",
		"sub-1/sub-1_task-a_bold.json":                                 `{"EchoTime": 0.04, "Own": [1, "x"]}`,
		"sub-1/func/sub-1_task-a_run-2_bold.nii.gz":                    "",
		"sub-1/func/sub-1_task-a_run-2_bold.json":                      `{"RepetitionTime": 2.5}`,
		"sub-1/func/sub-1_task-a_run-10_bold.nii":                      "",
		"sub-1/func/sub-1_task-a_run-10_events.tsv":                    "onset\tduration\n5\t1\n",
		"sub-1/func/sub-1_task-a_run-10_desc-confounds_timeseries.tsv": "trans_x\tfd\tgap\n0.5\tn/a\t1\n1\t2\tn/a\n",
		"sub-1/func/notes.txt":                                         "",
		"sub-2/ses-x/func/sub-2_ses-x_task-b_events.tsv":               "onset\tduration\n0\t1\n",
	})
	d, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := d.Runs(Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 3 || runs[0].Name.Get("run") != "2" || runs[1].Name.Get("run") != "10" || runs[2].Subject() != "2" {
		t.Fatalf("runs: %+v", runs)
	}
	first, err := runs[0].Sidecar()
	if err != nil {
		t.Fatal(err)
	}
	if first.RepetitionTime != 2.5 || string(first.Fields["EchoTime"]) != "0.04" || first.TaskName != "a" || string(first.Fields["Own"]) != `[1, "x"]` || len(first.Files) != 3 {
		t.Errorf("run 2: %+v", first)
	}
	second, err := runs[1].Sidecar()
	if err != nil || second.RepetitionTime != 3 {
		t.Errorf("run 10: %+v, %v", second, err)
	}
	if filepath.Base(runs[0].Events) != "task-a_events.tsv" || !strings.Contains(runs[1].Events, "run-10_events") {
		t.Errorf("events: %s and %s", runs[0].Events, runs[1].Events)
	}
	if runs[2].Bold != "" || runs[2].Session() != "x" {
		t.Errorf("a run without image: %+v", runs[2])
	}
	c, err := ReadConfounds(runs[1].Confounds, "trans_x")
	if err != nil || c.Volumes != 2 || c.Data[1] != 1 {
		t.Errorf("confounds: %+v, %v", c, err)
	}
	if c, err := ReadConfounds(runs[1].Confounds, "fd"); err != nil || c.Data[0] != 2 {
		t.Errorf("the first row's n/a takes the second's value: %+v, %v", c, err)
	}
	if _, err := ReadConfounds(runs[1].Confounds, "gap"); !errors.Is(err, ErrTable) {
		t.Errorf("confound with n/a in its second row: %v", err)
	}
	if _, err := d.Runs(Filter{Subject: "3"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("absent subject: %v", err)
	}
	write(t, filepath.Join(root, "sub-1_bold.json"), "{}")
	if _, err := runs[0].Sidecar(); !errors.Is(err, ErrAmbiguous) {
		t.Errorf("task-a_bold.json and sub-1_bold.json in one folder: %v", err)
	}
}

// Errors name file, line and column.
func TestErrors(t *testing.T) {
	const path = "e.tsv"
	for _, c := range []struct {
		name, text, want string
	}{
		{"empty", "", "e.tsv:1:"},
		{"no onset", "duration\n1\n", `no column "onset"; there are duration`},
		{"no duration", "onset\n1\n", `no column "duration"`},
		{"short row", "onset\tduration\n1\t2\n3\n", "e.tsv:3: invalid table: 1 cells, the header has 2"},
		{"long row", "onset\tduration\n1\t2\t3\n", "e.tsv:2:"},
		{"blank row", "onset\tduration\n\n1\t2\n", "e.tsv:2:"},
		{"double column", "onset\tonset\n", `named "onset"`},
		{"not a number", "onset\tduration\n1\t2\nx\t2\n", `e.tsv:3: invalid table: column 1 (onset): "x"`},
		{"infinite", "onset\tduration\n1\tinf\n", "e.tsv:2: invalid table: column 2 (duration)"},
		{"no time", "onset\tduration\nn/a\t2\n", "must have an onset"},
		{"negative", "onset\tduration\n1\t-2\n", "-2 s is negative"},
		{"unnamed value", "onset\tduration\t\n1\t2\t3\n", "e.tsv:2: invalid table: a value in a column that the header does not name"},
		{"more tabs than the header", "onset\tduration\t\n1\t2\t\t\n", "e.tsv:2: invalid table: 4 cells"},
	} {
		table, err := parseTable(path, []byte(c.text))
		if err == nil {
			_, err = newEvents(table)
		}
		if !errors.Is(err, ErrTable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for _, c := range []struct{ name, text, want string }{
		{"ragged", "1 2\n\n# note\n3\n", "e.tsv:4:"},
		{"word", "1 2\n3 x\n", "e.tsv:2: invalid table: column 2"},
		{"nan", "nan\n", "e.tsv:1:"},
		{"nothing", " \n# only\n", "no numbers"},
	} {
		if _, err := parseMotion(path, []byte(c.text)); !errors.Is(err, ErrTable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("motion, %s: %v, want %q", c.name, err, c.want)
		}
	}
	for _, c := range []struct{ name, text, want string }{
		{"syntax", "{\n \"RepetitionTime\": 2,,\n}", "b.json:2:22"},
		{"type", "{\n \"RepetitionTime\": \"2\"}", "RepetitionTime"},
		{"negative", `{"RepetitionTime": -2}`, "-2 s"},
		{"list", `[1]`, "b.json:1:"},
		{"cut", `{"RepetitionTime": 2`, "b.json:1:"},
	} {
		s := Sidecar{Fields: map[string]jsontext.Value{}}
		if err := s.merge("b.json", []byte(c.text)); !errors.Is(err, ErrMetadata) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("sidecar, %s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := Open(t.TempDir()); !errors.Is(err, ErrDataset) {
		t.Errorf("an empty folder: %v", err)
	}
	for _, name := range []string{"sub-01_.nii", "sub-01_task_bold.nii", "sub-01_sub-02_bold.nii", "sub-01.nii", "", "-1_bold.nii"} {
		if n, err := ParseName(name); !errors.Is(err, ErrName) {
			t.Errorf("%q was parsed as %+v", name, n)
		}
	}
}

func TestTableKeepsBytes(t *testing.T) {
	for _, text := range []string{
		"onset\tduration\n1\t2", "onset\tduration\r\n1\t2\r\n", "\xef\xbb\xbfonset\tduration\n1.0\t02\n\n\n", "onset\tduration\n", "onset\tduration",
		"onset\tduration\tnote\n1\t2\t \n1e0\tn/a\t\n",
		"onset\tduration\t\n1\t2\t\n3\t4\n", "onset\tduration\t\t\n1\t2\n1\t2\t\t\n", // tabs at the end of the header
	} {
		table, err := parseTable("x", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(table.Encode()); got != text {
			t.Errorf("%q became %q", text, got)
		}
		if _, err := newEvents(table); err != nil {
			t.Error(err)
		}
	}
}

func TestAddAndReadEvents(t *testing.T) {
	name := Name{Entities: []Entity{{"sub", "01"}, {"task", "view"}, {"run", "1"}}, Suffix: "events", Ext: ".tsv"}
	events := NewEvents("trial_type", "stimulus")
	for i, kind := range []string{"face", "n/a"} {
		if err := events.Add(float64(i)*0.1, 2, kind, "a.png"); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		events.Add(1, 1, "a\tb", "x"), events.Add(1, 1, "a"), events.Add(math.NaN(), 1, "a", "b"), events.Add(1, math.NaN(), "a", "b"),
	} {
		if !errors.Is(err, ErrTable) {
			t.Errorf("a bad event was added: %v", err)
		}
	}
	d, err := Open(tree(t, map[string]string{
		"dataset_description.json": description, "task-view_bold.json": `{"RepetitionTime": 2, "TaskName": "view"}`,
		"sub-01/func/" + name.String(): string(events.Encode()),
	}))
	if err != nil {
		t.Fatal(err)
	}
	runs, err := d.Runs(Filter{Task: "view"})
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	back, err := ReadEvents(runs[0].Events)
	if err != nil {
		t.Fatal(err)
	}
	if string(back.Encode()) != "onset\tduration\ttrial_type\tstimulus\n0\t2\tface\ta.png\n0.1\t2\tn/a\ta.png\n" {
		t.Errorf("events:\n%s", back.Encode())
	}
	if s, err := runs[0].Sidecar(); err != nil || s.RepetitionTime != 2 || s.TaskName != "view" {
		t.Errorf("sidecar %+v, %v", s, err)
	}
}

func TestROIMasks(t *testing.T) {
	files := map[string]string{"dataset_description.json": description, "sourcedata/sub-01/anat/sub-02_mask_LH_V1d.nii.gz": "", "sourcedata/sub-01/anat/README": ""}
	for _, roi := range []string{"V1d", "V1v", "V2d", "V2v", "V3d", "V3v", "hV4", "LOC", "FFA", "PPA", "HVC"} {
		for _, side := range []string{"LH", "RH"} {
			files["sourcedata/sub-01/anat/sub-01_mask_"+side+"_"+roi+".nii.gz"] = ""
		}
	}
	d, err := Open(tree(t, files))
	if err != nil {
		t.Fatal(err)
	}
	masks, err := d.ROIMasks("01")
	if err != nil {
		t.Fatal(err)
	}
	for roi, want := range map[string]int{"V1d": 2, "V1": 4, "V4": 2, "hV4": 2, "LVC": 12, "VC": 22, "HVC": 2} {
		found, err := SelectROI(masks, roi)
		if err != nil || len(found) != want {
			t.Errorf("%s: %d masks, want %d (%v)", roi, len(found), want, err)
		}
	}
	if _, err := SelectROI(masks, "IT"); !errors.Is(err, ErrNotFound) {
		t.Errorf("IT: %v", err)
	}
	if _, err := SelectROI(masks[:2], "V1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("V1 without its parts: %v", err)
	}
	if _, err := d.ROIMasks("03"); !errors.Is(err, ErrNotFound) {
		t.Errorf("masks of an absent subject: %v", err)
	}
}
