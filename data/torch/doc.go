// Package torch reads the checkpoints that torch.save writes, and writes state
// dicts that torch.load and load_state_dict take.
//
// Read: the zip form (PyTorch 1.6 and later) and the legacy form (before);
// tensors of every real element type, float16 and bfloat16 included; views
// (transposed, sliced, expanded), nn.Parameter, numpy arrays and scalars, nested
// dicts and lists (epoch, flags, optimizer). Tensors are read when asked for: see
// realnet/data/array.
//
// A checkpoint is a pickle. It is read with an allow-list (realnet/data/pickle) of
// the names that tensors need, and plain containers (Counter, defaultdict, deque).
// Whatever else it names is not run: such a part, and complex, quantised or sparse
// tensors, are listed beside the tensors that are read ([File.Arrays]). A checkpoint
// that is nothing but such a part, a whole pickled module, is pickle.ErrForbidden.
//
// In the zip form every entry's checksum is compared before values are given.
//
// Not read: the tar form of 2016 and TorchScript archives; each is an error that says
// so.
package torch
