#!/usr/bin/env bash
# Has NVIDIA's assembler take every kernel that verify and train load, and looks at what it makes of them. Needs no GPU.
# usage: check.sh [--table] [ARCHITECTURE...]    sm_75 sm_80 sm_86 sm_89 sm_90 by default; --table writes the table of docs/gpu-assembly.md
# GPULSTM_CUDA_TOOLS: a folder with ptxas and nvdisasm, instead of those of Debian's package, which is downloaded.
# GPULSTM_PTX_DRIVER: the PTX interpreter's libcuda.so.1, instead of one that is built.
# GPULSTM_REQUIRE=ptxas: fails where there is no assembler, instead of skipping.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
hidden_sizes=(1 2 4 8 16 32 48 64 96 128 129 256 512 1024)
first_rounded=64 # with fewer units no product is large enough for tensor cores
command=check
if [ "${1:-}" = --table ]; then
  command=table
  shift
fi
known=(sm_75 sm_80 sm_86 sm_89 sm_90)
architectures=("$@")
[ $# -gt 0 ] || architectures=("${known[@]}")
for architecture in "${architectures[@]}"; do
  [[ " ${known[*]} " == *" $architecture "* ]] || { echo "error: '$architecture' is none of ${known[*]}" >&2; exit 2; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tools=${GPULSTM_CUDA_TOOLS:-$repository/obj/assembler/tools}
[ -n "${GPULSTM_CUDA_TOOLS:-}" ] || [ -x "$tools/ptxas" ] || "$here/fetch.sh" "$tools" || true
if ! [ -x "$tools/ptxas" ] || ! [ -x "$tools/nvdisasm" ]; then
  echo "there is no ptxas and nvdisasm in '$tools', so the kernels were not assembled" >&2
  [[ ,${GPULSTM_REQUIRE:-}, != *,ptxas,* ]]
  exit
fi

driver=${GPULSTM_PTX_DRIVER:-$repository/bin/ptx-driver/libcuda.so.1}
[ -e "$driver" ] || dotnet publish "$here/../ptx-driver/driver" -c Release -r linux-x64 -o "$(dirname "$driver")" -v quiet -nologo -clp:NoSummary
dotnet build "$repository/GpuLstm.csproj" -v quiet -nologo -clp:NoSummary
dotnet build "$here" -v quiet -nologo -clp:NoSummary

# usage: record ARCHITECTURE NAME ARGUMENTS...    what the program hands to the driver; nothing of it runs
record() {
  local folder=$work/$1/$2 architecture=${1#sm_}
  shift 2
  LD_LIBRARY_PATH=$(dirname "$driver") PTX_DRIVER_ARCHITECTURE=$architecture PTX_DRIVER_RECORD=$folder PTX_DRIVER_LAUNCHES=skip \
    dotnet "$repository/bin/Debug/net10.0/gpulstm.dll" "$@" --accelerator cuda >"$folder.log" 2>&1
}

# Its results are wrong, as nothing runs, but it must come to its end.
record_verify() {
  record "$1" verify verify --seed 1 || grep -q ' passed, [0-9]* failed, seed 1$' "$work/$1/verify.log" || { tail -n 5 "$work/$1/verify.log"; return 1; }
}

# Shapes for `benchmark`, which takes the steps of train: hidden, batch, steps, lengths, mode, precision.
shapes() {
  local hidden batch precision
  for hidden in "${hidden_sizes[@]}"; do
    for batch in 32 128 512; do
      echo "$hidden $batch 2 fixed training float32"
      [ "$hidden" -lt $first_rounded ] || [ "$1" = sm_75 ] || # which has no tensor cores for them
        printf "$hidden $batch 2 fixed training %s\n" tf32 bf16
    done
    echo "$hidden 32 2 varied inference float32"
  done
}

record_trainings() {
  shapes "$1" >"$work/$1/shapes.txt"
  record "$1" article train --preset article --limit 64 --epochs 1 --output "$work/$1/model" &&
    record "$1" default train --limit 64 --epochs 1 --output "$work/$1/model" --overwrite &&
    record "$1" shapes benchmark --from-stdin --seconds 0.001 <"$work/$1/shapes.txt" &&
    record "$1" stacks benchmark --from-stdin --seconds 0.001 --layers 2 --readout mean-max <"$work/$1/shapes.txt" ||
    { tail -n 5 "$work/$1"/*.log; return 1; }
  rm -rf "$work/$1/model"
}

# From compute capability 8.0 on all have the same kernels to choose from, so verify is recorded once.
verified=
for architecture in "${architectures[@]}"; do
  mkdir -p "$work/$architecture"
  verifying=
  if [ "$architecture" = sm_75 ]; then
    record_verify sm_75 &
    verifying=$!
  elif [ -z "$verified" ]; then
    verified=sm_90
    mkdir -p "$work/sm_90"
    record_verify sm_90 &
    verifying=$!
  fi
  record_trainings "$architecture"
  [ -z "$verifying" ] || wait "$verifying"
done

# The newest committed table that is not this one.
: >"$work/earlier.md"
for commit in $(git -C "$repository" log --format=%H -- docs/gpu-assembly.md); do
  git -C "$repository" show "$commit:docs/gpu-assembly.md" >"$work/earlier.md" 2>/dev/null || : >"$work/earlier.md"
  cmp -s "$work/earlier.md" "$repository/docs/gpu-assembly.md" || break
done

dotnet "$here/bin/Debug/net10.0/GpuLstm.Assembler.dll" "$tools" "$work" "$repository/docs/gpu-assembly.md" "$work/earlier.md" "$here/reasons.tsv" \
  "$command" "${architectures[@]}"
