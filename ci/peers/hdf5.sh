#!/bin/sh
# Reads a 1200 x 20000 float32 dataset (gzip, shuffle) with h5py and with
# data/hdf5, in turns, and prints the seconds and the medians. The file is made in
# a temporary folder and lies in the page cache for both.
#
#   ci/peers/hdf5.sh [rounds]        PYTHON=/usr/bin/python3 by default
set -eu
rounds=${1:-7}
python=${PYTHON:-/usr/bin/python3}
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat > "$dir/peer.py" <<'EOF'
import sys, time, h5py, numpy as np
name = sys.argv[1]
if sys.argv[2] == "make":
    x = np.random.default_rng(0).standard_normal((1200, 20000), dtype=np.float32)
    with h5py.File(name, "w") as f:
        f.create_dataset("dataset", data=x, compression="gzip", shuffle=True)
else:
    start = time.perf_counter()
    with h5py.File(name, "r") as f:
        x = f["dataset"][()]
    print("%.4f" % (time.perf_counter() - start))
EOF
"$python" "$dir/peer.py" "$dir/big.h5" make
go test -c -o "$dir/hdf5.test" ./data/hdf5

median() { sort -n "$1" | awk '{v[NR]=$1} END {print (NR%2) ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'; }
for i in $(seq "$rounds"); do
    "$python" "$dir/peer.py" "$dir/big.h5" read >> "$dir/h5py"
    REALNET_BENCH_HDF5="$dir/big.h5" "$dir/hdf5.test" -test.run '^$' -test.bench ReadGzipShuffle -test.benchtime 1x -test.benchmem |
        awk '/^Benchmark/ {printf "%.4f\n", $3/1e9; print $0 > "/dev/stderr"}' >> "$dir/go" 2>> "$dir/memory"
    echo "round $i: h5py $(tail -1 "$dir/h5py") s, data/hdf5 $(tail -1 "$dir/go") s"
done
a=$(median "$dir/h5py") b=$(median "$dir/go")
echo "median: h5py $a s, data/hdf5 $b s, ratio $(awk "BEGIN {printf \"%.2f\", $a/$b}") (above 1: faster than h5py)"
echo "allocated for 96 MB of values: $(tail -1 "$dir/memory" | awk '{for (i=1;i<=NF;i++) if ($i=="B/op") printf "%.1f MB", $(i-1)/1e6}')"
