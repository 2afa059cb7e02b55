#!/usr/bin/env bash
# Has an earlier commit and the working tree train the same models and load the same kernels, and compares what comes out, byte for byte: for changes
# that move code and must change no result. Needs no GPU. The golden masters are made anew on this machine: nothing of them is committed, as the bits
# of a device depend on its registers.
# usage: compare.sh [--may-go] [COMMIT]    HEAD by default, so that what is not committed is compared with what is
#        --may-go: kernels and launches that are in the earlier commit alone are listed, and are no difference
# GPULSTM_PTX_DRIVER: the PTX interpreter's libcuda.so.1, instead of one that is built.
# Exit code 1: weights, the text of kernels, or how the trainings launch them differ.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
may_go=
[ "${1:-}" != --may-go ] || { may_go=1; shift; }
commit=$(git -C "$repository" rev-parse --verify "${1:-HEAD}^{commit}")
output=$repository/obj/golden-masters
driver=${GPULSTM_PTX_DRIVER:-}
if [ -z "$driver" ]; then
  driver=$output/ptx-driver/libcuda.so.1
  dotnet publish "$repository/tools/ptx-driver/driver" -c Release -r linux-x64 -o "$(dirname "$driver")" -v quiet -nologo -clp:NoSummary
fi
# The golden masters of a commit serve again as long as what makes them is the same.
masters=$output/$commit-$(cat "$driver" "${BASH_SOURCE[0]}" | sha256sum | cut -c 1-8)

# usage: build FOLDER    the program as it is measured, with optimisation
build() { dotnet build "$1/GpuLstm.csproj" -c Release -p:RunAnalyzers=false -v quiet -nologo -clp:NoSummary >&2; }

# usage: train FOLDER RESULTS NAME ACCELERATOR OPTIONS...
train() {
  local program=$1/bin/Release/net10.0/gpulstm.dll results=$2 name=$3 accelerator=$4
  shift 4
  PTX_DRIVER_RECORD=$results/ptx/$name dotnet "$program" train --data "$repository/data/sample-tweets.csv" --accelerator "$accelerator" \
    --output "$results/$name-$accelerator" --overwrite "$@" >"$results/$name-$accelerator.log" 2>&1 ||
    { tail -n 5 "$results/$name-$accelerator.log"; return 1; }
}

# The three models, on each accelerator. Each has a last batch that is not full; the interpreter, which is slow, has fewer of them.
train_all() {
  local accelerator limit
  for accelerator in cpu opencl cuda; do
    limit=300
    [ "$accelerator" != cuda ] || limit=60
    train "$1" "$2" article "$accelerator" --preset article --epochs 2 --limit $limit
    train "$1" "$2" default "$accelerator" --epochs 2 --limit $limit
    train "$1" "$2" characters "$accelerator" --hidden 8 --tokens char --epochs 2 --limit $limit
  done
}

# Every kernel that there is a case for. None of them runs, so the results are wrong.
load_kernels() {
  PTX_DRIVER_RECORD=$2/ptx/verify PTX_DRIVER_LAUNCHES=skip dotnet "$1/bin/Release/net10.0/gpulstm.dll" verify --accelerator cuda --seed 1 >"$2/verify.log" 2>&1 ||
    grep -q ' passed, [0-9]* failed, seed 1$' "$2/verify.log" || { tail -n 5 "$2/verify.log"; return 1; }
}

# usage: make CHECKOUT RESULTS
make() {
  rm -rf "$2"
  mkdir -p "$2/ptx"
  build "$1"
  export LD_LIBRARY_PATH=$(dirname "$driver")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  train_all "$1" "$2"
  load_kernels "$1" "$2"
  compgen -G "$2/ptx/verify/*.ptx" >/dev/null || { echo "the PTX interpreter recorded no kernels" >&2; return 1; }
  touch "$2/made"
}

# usage: hash_kernels RESULTS    a line for each file of a kernel: its name, the text's hash without the kernel's names, which are the first line
# and the entry, and the first of these
hash_kernels() {
  local file
  for file in "$1"/ptx/*/*.ptx; do
    echo "$(basename "$file" .ptx) $(tail -n +2 "$file" | sed 's/\bKernel_[A-Za-z]*/Kernel/' | sha256sum | cut -c 1-16) $(head -n 1 "$file" | cut -c 4-)"
  done | sort -u
}

# usage: list RESULTS    what is compared: in kernels.txt each text's hash and name; in launches.txt hash, training, grid, group and shared memory
# of each of the trainings' launches, and the name
list() {
  hash_kernels "$1" >"$1/files.txt"
  cut -d ' ' -f 2- "$1/files.txt" | sort -u >"$1/kernels.txt"
  local training
  for training in article default characters; do
    tail -n +2 "$1/ptx/$training/launches.tsv" | sort | join - "$1/files.txt" | awk -v training="$training" '{ print $6 "/" training "/" $3 "/" $4 "/" $5, $7 }'
  done | sort -u >"$1/launches.txt"
}

if [ ! -e "$masters/made" ]; then
  trap 'git -C "$repository" worktree remove --force "$output/checkout"' EXIT
  git -C "$repository" worktree add --quiet --detach --force "$output/checkout" "$commit"
  (make "$output/checkout" "$masters")
fi
(make "$repository" "$output/now")

different=0
# usage: values_of MODEL    where its values begin: behind the header, which has hashes of the other files
values_of() { echo $((8 + $(od -An -t u8 -N 8 "$1"))); }

for model in "$masters"/*/model.safetensors; do
  name=$(basename "$(dirname "$model")")
  now=$output/now/$name/model.safetensors
  if cmp -s -i "$(values_of "$model"):$(values_of "$now")" "$model" "$now"; then
    echo "same weights: $name"
  else
    echo "OTHER WEIGHTS: $name"
    different=1
  fi
done

# A kernel may get another name.
list "$masters"
list "$output/now"
# usage: compare FILE WORD    prints the lines that only one of the two has, and how many both have
compare() {
  local added gone
  added=$(join -v 2 "$masters/$1.txt" "$output/now/$1.txt")
  gone=$(join -v 1 "$masters/$1.txt" "$output/now/$1.txt")
  [ -z "$added" ] || { echo "$added" | sed "s/^/OTHER ${2^^}: /"; different=1; }
  [ -z "$gone" ] || { echo "$gone" | sed "s/^/${2^^} THAT IS GONE: /"; [ -n "$may_go" ] || different=1; }
  local same
  same=$(join "$masters/$1.txt" "$output/now/$1.txt" | wc -l)
  echo "$1 with the same $2: $same"
  [ "$same" -gt 0 ] || different=1
}
compare kernels text
compare launches shape
exit $different
