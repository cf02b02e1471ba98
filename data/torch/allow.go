package torch

import (
	"errors"
	"fmt"
	"maps"

	"realnet/data/array"
	"realnet/data/npy"
	"realnet/data/pickle"
)

// Errors of the package.
var (
	// ErrFormat is returned when a file is no well-formed checkpoint.
	ErrFormat = errors.New("torch: damaged or not a checkpoint")
	// ErrUnsupported is returned for tensors and forms that are not read.
	ErrUnsupported = errors.New("torch: not supported")
)

// elementTypes are the types of torch's storage classes.
var elementTypes = map[string]array.DType{
	"Double": array.Float64, "Float": array.Float32, "Half": array.Float16, "BFloat16": array.BFloat16,
	"Long": array.Int64, "Int": array.Int32, "Bool": array.Bool8, "Byte": array.Uint8,
	"Short": {Kind: array.Int, Size: 2}, "Char": {Kind: array.Int, Size: 1},
}

// unreadTypes are the bytes of an element of the types that are not read.
var unreadTypes = map[string]int{"ComplexFloat": 8, "ComplexDouble": 16, "QInt8": 1, "QUInt8": 1, "QInt32": 4}

// storageClass is the name torch.FloatStorage, and so on; err says why values of the
// type are not read.
type storageClass struct {
	dtype array.DType
	err   error
}

// storage is the flat memory that one or more tensors look at. In the legacy form
// its bytes follow the pickle, so they are filled in last.
type storage struct {
	dtype  array.DType
	numel  int64
	source array.Source
	err    error // why the values are not read
}

// tensor is a view of a storage, as it is pickled.
type tensor struct {
	storage        *storage
	offset         int
	shape, strides []int
}

// inert is a name that is passed around but neither called nor looked into
// (torch.float32, torch.strided).
type inert string

// allow returns what a checkpoint may name.
func allow() pickle.Allow {
	a := npy.Allow()
	for name, dt := range elementTypes {
		a["torch."+name+"Storage"] = storageClass{dtype: dt}
	}
	for name, size := range unreadTypes {
		err := fmt.Errorf("%w: tensor of %s; convert it to real numbers before saving", ErrUnsupported, name)
		a["torch."+name+"Storage"] = storageClass{array.DType{Kind: array.Bytes, Size: size}, err}
	}
	for _, name := range []string{
		"float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "strided",
		"contiguous_format", "channels_last", "preserve_format",
	} {
		a["torch."+name] = inert(name)
	}
	maps.Copy(a, pickle.Allow{
		"torch._utils._rebuild_tensor":               pickle.Func(rebuildTensor),
		"torch._utils._rebuild_tensor_v2":            pickle.Func(rebuildTensor),
		"torch._utils._rebuild_parameter":            pickle.Func(rebuildParameter),
		"torch._tensor._rebuild_from_type_v2":        pickle.Func(rebuildFromType),
		"torch.Tensor":                               inert("Tensor"),
		"torch.nn.parameter.Parameter":               inert("Parameter"),
		"torch.Size":                                 pickle.Func(size),
		"torch.device":                               pickle.Func(device),
		"torch.serialization._get_layout":            pickle.Func(device),
		"torch._utils._rebuild_parameter_with_state": pickle.Func(rebuildParameter),
	})
	return a
}

// rebuildTensor takes (storage, offset, size, stride, ...).
func rebuildTensor(_ *pickle.Reader, args pickle.Tuple) (any, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("%w: tensor of %d arguments", ErrFormat, len(args))
	}
	if u, ok := args[0].(*pickle.Unread); ok {
		return u, nil
	}
	s, ok := args[0].(*storage)
	offset, ok1 := pickle.Int(args[1])
	shape, ok2 := pickle.Ints(args[2])
	strides, ok3 := pickle.Ints(args[3])
	if !ok || !ok1 || !ok2 || !ok3 || len(shape) > 64 {
		return nil, fmt.Errorf("%w: arguments of a tensor", ErrFormat)
	}
	return &tensor{s, offset, shape, strides}, nil
}

// rebuildParameter takes (tensor, requires_grad, hooks).
func rebuildParameter(_ *pickle.Reader, args pickle.Tuple) (any, error) {
	if len(args) > 0 {
		if t, ok := args[0].(*tensor); ok {
			return t, nil
		}
	}
	return nil, fmt.Errorf("%w: parameter without a tensor", ErrFormat)
}

// rebuildFromType takes (function, type, arguments, state): a tensor on which
// Python code hung attributes. They are dropped.
func rebuildFromType(r *pickle.Reader, args pickle.Tuple) (any, error) {
	if len(args) == 4 {
		inner, ok := args[2].(pickle.Tuple)
		if ok && len(inner) >= 4 {
			return rebuildTensor(r, inner)
		}
	}
	return &pickle.Unread{Err: fmt.Errorf("%w: tensor subclass", ErrUnsupported)}, nil
}

func size(_ *pickle.Reader, args pickle.Tuple) (any, error) {
	if len(args) == 1 {
		if t, ok := args[0].(pickle.Tuple); ok {
			return t, nil
		}
	}
	return nil, fmt.Errorf("%w: arguments of torch.Size", ErrFormat)
}

func device(_ *pickle.Reader, args pickle.Tuple) (any, error) {
	return args, nil
}

// newStorage reads a persistent identifier
// ('storage', class, key, location, numel[, view]).
func newStorage(id any) (s *storage, key string, err error) {
	t, _ := id.(pickle.Tuple)
	if len(t) < 5 || t[0] != "storage" {
		return nil, "", fmt.Errorf("%w: persistent identifier", ErrFormat)
	}
	if u, ok := t[1].(*pickle.Unread); ok {
		return nil, "", &unknownClass{u}
	}
	class, ok1 := t[1].(storageClass)
	key, ok2 := t[2].(string)
	numel, ok3 := pickle.Int(t[4])
	if !ok1 || !ok2 || !ok3 || numel < 0 {
		return nil, "", fmt.Errorf("%w: persistent identifier", ErrFormat)
	}
	s = &storage{dtype: class.dtype, numel: int64(numel), err: class.err}
	if len(t) > 5 && t[5] != nil {
		s.err = fmt.Errorf("%w: storage that is a view of another (PyTorch before 0.4)", ErrUnsupported)
	}
	return s, key, nil
}

// unknownClass is the error of a storage of a class that the allow-list does not have.
type unknownClass struct{ unread *pickle.Unread }

func (e *unknownClass) Error() string { return e.unread.Err.Error() }

// array returns the tensor as an array; ErrFormat if it reaches out of its storage.
func (t *tensor) array() (*array.Array, error) {
	if t.storage.err != nil {
		return nil, t.storage.err
	}
	if t.storage.source == nil {
		return nil, fmt.Errorf("%w: storage without bytes", ErrFormat)
	}
	a, err := array.NewView(t.storage.dtype, t.shape, t.strides, t.offset, t.storage.source)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return a, nil
}
