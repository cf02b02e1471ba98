package artifacts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	exact "github.com/go-json-experiment/json"
)

// ManifestName is the file of an artifact that describes all others.
const ManifestName = "manifest.json"

// formatVersion is the layout that FORMAT.md describes.
const formatVersion = 1

// maxManifest bounds what is read of a manifest.json.
const maxManifest = 64 << 20

// Digest is "sha256:" and 64 lower-case hexadecimal digits.
type Digest string

const digestPrefix = "sha256:"

// NewDigest returns the digest of data.
func NewDigest(data []byte) Digest {
	sum := sha256.Sum256(data)
	return Digest(digestPrefix + hex.EncodeToString(sum[:]))
}

// ParseDigest checks the form of s.
func ParseDigest(s string) (Digest, error) {
	digits, ok := strings.CutPrefix(s, digestPrefix)
	if !ok || len(digits) != 64 || strings.Trim(digits, "0123456789abcdef") != "" {
		return "", fmt.Errorf("digest %q: want %q and 64 hexadecimal digits", s, digestPrefix)
	}
	return Digest(s), nil
}

// Hex returns the digits without "sha256:".
func (d Digest) Hex() string { return strings.TrimPrefix(string(d), digestPrefix) }

// Short returns the first 12 digits, for people.
func (d Digest) Short() string { h := d.Hex(); return h[:min(12, len(h))] }

// Manifest is the content of manifest.json.
type Manifest struct {
	Format     int        `json:"format"`
	Digest     Digest     `json:"digest"`
	Schema     SchemaRef  `json:"schema"`
	Files      []FileInfo `json:"files"` // sorted by name
	Provenance Provenance `json:"provenance"`
}

// FileInfo is one file of an artifact.
type FileInfo struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // 64 hexadecimal digits
}

// Provenance says what made an artifact. All but Host, Started and Wall is part of
// the artifact's digest.
type Provenance struct {
	Stage   string              `json:"stage"`
	Code    string              `json:"code"`    // identity of the stage's code
	Params  json.RawMessage     `json:"params"`  // canonical JSON
	Seed    uint64              `json:"seed"`    // of everything random
	Inputs  map[string][]Digest `json:"inputs"`  // port -> artifacts, in order
	Machine string              `json:"machine"` // as in "linux/amd64"
	Kernel  string              `json:"kernel"`  // numeric kernel used, "" when none
	Decoder string              `json:"decoder"` // image decoder used, "" when none

	Host    HostFacts     `json:"-"`
	Started time.Time     `json:"-"`
	Wall    time.Duration `json:"-"`
}

// HostFacts describe the machine that made an artifact.
type HostFacts struct {
	Name string `json:"name,omitempty"`
	CPU  string `json:"cpu,omitempty"`
	CPUs int    `json:"cpus,omitempty"`
	Go   string `json:"go,omitempty"` // toolchain
}

// ThisHost returns the facts of this machine.
func ThisHost() HostFacts {
	name, err := os.Hostname()
	if err != nil {
		name = ""
	}
	return HostFacts{Name: name, CPU: cpuModel(), CPUs: runtime.NumCPU(), Go: runtime.Version()}
}

// ThisMachine returns the machine type that Provenance.Machine holds, as in
// "linux/amd64".
func ThisMachine() string { return runtime.GOOS + "/" + runtime.GOARCH }

func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// onDisk is manifest.json: the members under the digest, then run, which is not.
type onDisk struct {
	Manifest
	Run runFacts `json:"run"`
}

type runFacts struct {
	Host    HostFacts `json:"host"`
	Started time.Time `json:"started"`
	WallNS  int64     `json:"wall_ns"`
}

// normalise makes equal provenances equal in JSON too.
func (p Provenance) normalise() (Provenance, error) {
	params, err := Canonical(p.Params)
	if err != nil {
		return p, fmt.Errorf("parameters: %w", err)
	}
	p.Params = params
	inputs := make(map[string][]Digest, len(p.Inputs))
	for port, digests := range p.Inputs {
		for _, d := range digests {
			if _, err := ParseDigest(string(d)); err != nil {
				return p, fmt.Errorf("input %s: %w", port, err)
			}
		}
		inputs[port] = append([]Digest{}, digests...)
	}
	p.Inputs = inputs
	p.Started = p.Started.UTC().Truncate(time.Millisecond)
	return p, nil
}

// computeDigest hashes the canonical JSON of format, schema, files and provenance.
func (m Manifest) computeDigest() (Digest, error) {
	text, err := CanonicalOf(struct {
		Format     int        `json:"format"`
		Schema     SchemaRef  `json:"schema"`
		Files      []FileInfo `json:"files"`
		Provenance Provenance `json:"provenance"`
	}{m.Format, m.Schema, m.Files, m.Provenance})
	if err != nil {
		return "", err
	}
	return NewDigest(text), nil
}

func (m Manifest) encode() ([]byte, error) {
	p := m.Provenance
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(onDisk{m, runFacts{p.Host, p.Started, int64(p.Wall)}})
	return out.Bytes(), err
}

// parseManifest checks the form of a manifest and its digest.
func parseManifest(text []byte) (Manifest, error) {
	var d onDisk
	// Names are matched exactly, and none may come twice: readers in other languages
	// would take another value than encoding/json.
	if err := exact.Unmarshal(text, &d, exact.RejectUnknownMembers(true)); err != nil {
		return Manifest{}, err
	}
	m := d.Manifest
	if m.Format != formatVersion {
		return m, fmt.Errorf("format %d: this program reads format %d", m.Format, formatVersion)
	}
	if m.Schema.Name == "" || m.Schema.Version < 1 {
		return m, fmt.Errorf("schema %s: needs a name and a version from 1", m.Schema)
	}
	for i, f := range m.Files {
		if err := checkName(f.Name); err != nil {
			return m, err
		}
		if f.Size < 0 {
			return m, fmt.Errorf("%s: negative size", f.Name)
		}
		if _, err := ParseDigest(digestPrefix + f.SHA256); err != nil {
			return m, fmt.Errorf("%s: %w", f.Name, err)
		}
		if i > 0 && m.Files[i-1].Name >= f.Name {
			return m, fmt.Errorf("files are not sorted by name, or %s is named twice", f.Name)
		}
	}
	p, err := m.Provenance.normalise()
	if err != nil {
		return m, err
	}
	m.Provenance = p
	want, err := m.computeDigest()
	if err != nil {
		return m, err
	}
	if m.Digest != want {
		return m, fmt.Errorf("its content has digest %s, it says %q", want, m.Digest)
	}
	m.Provenance.Host, m.Provenance.Started = d.Run.Host, d.Run.Started
	m.Provenance.Wall = time.Duration(d.Run.WallNS)
	return m, nil
}

func readManifest(dir string) (Manifest, error) {
	path := filepath.Join(dir, ManifestName)
	info, err := os.Stat(path)
	if err != nil {
		return Manifest{}, &DamageError{Path: path, Reason: "no manifest", Err: err}
	}
	if info.Size() > maxManifest {
		return Manifest{}, &DamageError{Path: path, Reason: "manifest larger than 64 MiB"}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Manifest{}, &DamageError{Path: path, Reason: "cannot be read", Err: err}
	}
	m, err := parseManifest(text)
	if err != nil {
		return Manifest{}, &DamageError{Digest: m.Digest, Path: path, Reason: "not a valid manifest", Err: err}
	}
	return m, nil
}
