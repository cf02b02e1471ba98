package checkpoint

import (
	"fmt"
	"slices"
	"strings"

	"realnet/data/array"
)

// The tensors by which the parts of a network are found: each has them, and under no
// other name.
const (
	trunkAnchor   = "V1.conv1.weight"
	encoderAnchor = "fc.weight"
)

// names is how a checkpoint calls the tensors of the network: what stands before the
// names of its trunk (module., _orig_mod., model.net. or the keys of the dicts around
// it), and before those of the encoder, of which the trunk may be a part.
type names struct {
	trunk, encoder string
	hasEncoder     bool
}

// findNames looks for the longest prefix that makes the names match. It is an error
// when the file has several networks (a moving average beside the weights, say). ok is
// false when it has none.
func findNames(tensors []array.Named) (n names, ok bool, err error) {
	trunks := prefixes(tensors, trunkAnchor)
	if len(trunks) == 0 {
		return n, false, nil
	}
	for _, usual := range []string{"state_dict.", "model_state_dict.", "model."} {
		if at := slices.DeleteFunc(slices.Clone(trunks), func(p string) bool { return !strings.HasPrefix(p, usual) }); len(at) == 1 {
			trunks = at
		}
	}
	if len(trunks) > 1 {
		return n, false, fmt.Errorf("%w: %d networks, under %q; save the one that is meant", ErrNoCheckpoint, len(trunks), trunks)
	}
	n.trunk = trunks[0]
	for _, p := range prefixes(tensors, encoderAnchor) {
		if strings.HasPrefix(n.trunk, p) && (!n.hasEncoder || len(p) > len(n.encoder)) {
			n.encoder, n.hasEncoder = p, true
		}
	}
	return n, true, nil
}

// prefixes are what stands before a name, each once, in order.
func prefixes(tensors []array.Named, name string) []string {
	var out []string
	for _, t := range tensors {
		if p, ok := strings.CutSuffix(t.Name, name); ok && (p == "" || strings.HasSuffix(p, ".")) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bare is a tensor's name in the network; false for one beside it (an optimizer's).
func (n names) bare(name string) (string, bool) {
	if rest, ok := strings.CutPrefix(name, n.trunk); ok {
		return rest, true
	}
	if n.hasEncoder {
		return strings.CutPrefix(name, n.encoder)
	}
	return "", false
}

// String says what was cut off, for the log; empty when nothing was.
func (n names) String() string {
	if n.hasEncoder && n.encoder != "" && n.encoder != n.trunk {
		return n.trunk + ", " + n.encoder
	}
	return n.trunk
}
