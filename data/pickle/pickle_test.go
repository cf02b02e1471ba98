package pickle

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func load(s string) (any, error) {
	return NewReader(strings.NewReader(s), 0, int64(len(s)), Builtin()).Load()
}

// The pickles are what CPython 3.11's pickle.dumps(value, protocol) printed.
func TestLoad(t *testing.T) {
	for _, c := range []struct {
		name, pickle string
		want         any
	}{
		{"none p0", "N.", nil},
		{"true p0", "I01\n.", true},
		{"true p2", "\x80\x02\x88.", true},
		{"int p0", "I-7\n.", int64(-7)},
		{"int p2 negative", "\x80\x02J\xf9\xff\xff\xff.", int64(-7)},
		{"long p2", "\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.", new(big.Int).Lsh(big.NewInt(1), 64)},
		{"long p0", "L18446744073709551616L\n.", new(big.Int).Lsh(big.NewInt(1), 64)},
		{"long p2 negative", "\x80\x02\x8a\x05\x00\x00\x00\x00\xff.", int64(-1 << 32)},
		{"float p0", "F0.1\n.", 0.1},
		{"float p2", "\x80\x02G\x3f\xb9\x99\x99\x99\x99\x99\x9a.", 0.1},
		{"float inf p0", "Finf\n.", math.Inf(1)},
		{"unicode p0", "V\xe9\\u6728\\u005c\np0\n.", "é木\\"},
		{"str of Python 2", "S'a\\'b\\n\"\\xe9'\np0\n.", "a'b\n\"\xe9"},
		{"unicode p2", "\x80\x02X\x02\x00\x00\x00\xc3\xa9q\x00.", "é"},
		{"list p0", "(lp0\nI1\naF2.5\na.", &List{Items: []any{int64(1), 2.5}}},
		{"tuple p2", "\x80\x02K\x01K\x02\x86q\x00.", Tuple{int64(1), int64(2)}},
		{"tuple p0", "(I1\nI2\ntp0\n.", Tuple{int64(1), int64(2)}},
		{"set p4", "\x80\x04\x95\x07\x00\x00\x00\x00\x00\x00\x00\x8f\x94(K\x01\x90.", &List{Items: []any{int64(1)}}},
		{"frozenset p4", "\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00(K\x01\x91\x94.", &List{Items: []any{int64(1)}}},
		{"set p2", "\x80\x02c__builtin__\nset\nq\x00]q\x01K\x01a\x85q\x02Rq\x03.", &List{Items: []any{int64(1)}}},
		{"shared", "\x80\x02]q\x00h\x00\x86.", Tuple{&List{}, &List{}}},
	} {
		got, err := load(c.pickle)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, got, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestDict(t *testing.T) {
	// OrderedDict(a=1, b=2) with an attribute, as torch pickles a state_dict.
	v, err := load("\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01(X\x01\x00\x00\x00aK\x01X\x01\x00\x00\x00bK\x02u}X\x09\x00\x00\x00_metadataNsb.")
	if err != nil {
		t.Fatal(err)
	}
	d := v.(*Dict)
	if diff := cmp.Diff([]any{"a", "b"}, d.Keys); diff != "" {
		t.Error(diff)
	}
	if b, ok := d.Get("b"); !ok || b != int64(2) {
		t.Errorf("b is %v", b)
	}
	if _, ok := d.Attrs.(*Dict).Get("_metadata"); !ok {
		t.Error("attribute lost")
	}
}

func TestBytesStayInFile(t *testing.T) {
	v, err := load("\x80\x03C\x03abcq\x00.")
	if err != nil {
		t.Fatal(err)
	}
	b := v.(Bytes)
	if got, err := b.All(); err != nil || string(got) != "abc" || b.Off != 4 {
		t.Errorf("%q at %d, %v", got, b.Off, err)
	}
	v, err = load("\x80\x02c_codecs\nencode\nX\x03\x00\x00\x00a\xc3\xbfX\x06\x00\x00\x00latin1\x86R.")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.(Bytes).All(); err != nil || !bytes.Equal(got, []byte{'a', 0xff}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, pickle string
		want         error
	}{
		{"os.system", "cos\nsystem\n(S'echo'\ntR.", ErrForbidden},
		{"posix.system by STACK_GLOBAL", "\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04echo\x85R.", ErrForbidden},
		{"eval", "c__builtin__\neval\n(S'1'\ntR.", ErrForbidden},
		{"getattr", "cbuiltins\ngetattr\n.", ErrForbidden},
		{"INST", "(S'echo'\nios\nsystem\n.", ErrForbidden},
		{"call of a string", "S'a'\n)R.", ErrForbidden},
		{"call through OBJ", "(S'a'\no.", ErrForbidden},
		{"state for a list", "]}b.", ErrUnsupported},
		{"persistent id", "Pabc\n.", ErrUnsupported},
		{"extension", "\x80\x02\x82\x01.", ErrUnsupported},
		{"out-of-band buffer", "\x80\x05\x97.", ErrUnsupported},
		{"protocol 9", "\x80\x09N.", ErrUnsupported},
		{"list as key", "}]Ns.", ErrUnsupported},
		{"os.system in a list is not the list", "]cos\nsystem\n(S'echo'\ntR0cos\nsystem\n.", ErrForbidden},
		{"empty", "", ErrCorrupt},
		{"no end", "N", ErrCorrupt},
		{"empty stack", ".", ErrCorrupt},
		{"pop under a mark", "N(\x85.", ErrCorrupt},
		{"no mark", "N1.", ErrCorrupt},
		{"memo", "h\x07.", ErrCorrupt},
		{"odd dict", "(Nd.", ErrCorrupt},
		{"long bytes", "B\xff\xff\xff\xff.", ErrCorrupt},
		{"longer bytes", "\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", ErrCorrupt},
		{"append to a tuple", ")Na.", ErrCorrupt},
		{"unknown code", "\xff.", ErrCorrupt},
		{"many copies of one text", "V" + strings.Repeat("a", 4000) + "\np0\n" + strings.Repeat("c_codecs\nencode\n(g0\nVlatin1\ntR0", 5000) + "N.", ErrTooLarge},
	} {
		if _, err := load(c.pickle); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// Beside what is not allowed, the rest is read; nothing that is done to it has an effect.
func TestUnread(t *testing.T) {
	for _, c := range []struct{ name, pickle string }{
		{"call", "cos\nsystem\n(S'echo'\ntR"},
		{"instance", "(S'echo'\nios\nsystem\n"},
		{"new object with state", "\x80\x02cpathlib\nPath\n)\x81}S'x'\nI1\nsb"},
		{"new object with keywords", "\x80\x04\x8c\x01m\x8c\x01n\x93)}\x8c\x01kK\x01s\x92"},
		{"items", "cm\nn\n)R(I1\nI2\neI3\nI4\ns(I5\nI6\nu"},
		{"argument of an allowed name", "ccollections\nOrderedDict\n(cm\nn\ntR"},
		{"arguments unread", "ccollections\nOrderedDict\ncm\nn\n)RR"},
		{"persistent", "Pabc\n"},
	} {
		v, err := load("}S'bad'\n" + c.pickle + "sS'good'\nI7\ns.")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		bad, _ := v.(*Dict).Get("bad")
		good, _ := v.(*Dict).Get("good")
		if u, ok := bad.(*Unread); !ok || u.Err == nil || good != int64(7) {
			t.Errorf("%s: %v, %v", c.name, bad, good)
		}
	}
}

// The pickles are what CPython 3.11 made of Counter, defaultdict, deque and a dict with a
// tuple as key.
func TestContainers(t *testing.T) {
	for _, c := range []struct {
		name, pickle string
		want         []any
	}{
		{"Counter", "\x80\x02ccollections\nCounter\nq\x00}q\x01(K\x1eK\x01K<K\x01u\x85q\x02Rq\x03.", []any{int64(30), int64(60)}},
		{"defaultdict", "\x80\x02ccollections\ndefaultdict\nq\x00c__builtin__\nlist\nq\x01\x85q\x02Rq\x03X\x01\x00\x00\x00aq\x04]q\x05K\x01as.", []any{"a"}},
		{"deque", "\x80\x02ccollections\ndeque\nq\x00]q\x01K\x02\x86q\x02Rq\x03(G?\xf0\x00\x00\x00\x00\x00\x00G@\x00\x00\x00\x00\x00\x00\x00e.", []any{1.0, 2.0}},
		{"tuple as key", "\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01\x86q\x02K\x05s.", []any{Tuple{"a", int64(1)}}},
	} {
		v, err := load(c.pickle)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []any
		switch v := v.(type) {
		case *Dict:
			got = v.Keys
		case *List:
			got = v.Items
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if got := KeyText(Tuple{"a", int64(1), Tuple{nil, true}}); got != "('a', 1, (None, True))" {
		t.Error(got)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01(X\x01\x00\x00\x00aK\x01X\x01\x00\x00\x00bK\x02u}X\x09\x00\x00\x00_metadataNsb."))
	f.Add([]byte("(lp0\nI1\naF2.5\naL5L\naS'x'\naV\\u1234\na."))
	f.Add([]byte("\x80\x04\x95\x07\x00\x00\x00\x00\x00\x00\x00\x8f\x94(K\x01\x90."))
	f.Add([]byte("\x80\x05\x96\x01\x00\x00\x00\x00\x00\x00\x00a\x8c\x01b\x86\x85\x87}(u0012bo."))
	f.Fuzz(func(_ *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b), 0, int64(len(b)), Builtin())
		for range 3 {
			if _, err := r.Load(); err != nil {
				return
			}
		}
	})
}
