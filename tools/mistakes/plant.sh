#!/usr/bin/env bash
# Plants the mistakes of patches/ one at a time, in a checkout of its own of the last commit, and tells which check sees each first.
# usage: plant.sh [--full] [KIND/NAME...]    all by default; --full asks every check, also after one has seen the mistake
#        plant.sh --few N                    N of those that are seen within seconds, others with every commit, each by the check in seen.tsv
#        plant.sh --table                    seen.tsv as the table of docs/correctness.md
# What was asked is kept in obj/mistakes/seen.tsv as long as the commit is the same: a run that was stopped goes on where it was. Exit code 1: a
# mistake goes unseen, a patch no longer applies, or a check fails without any mistake.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
work=$repository/obj/mistakes
checkout=$work/checkout
seen=$work/seen.tsv
seed=1

# From the cheapest. .ci/run has each of them, or all tests, of which it is a part.
checks=("verify cpu" "tests on the host" "verify opencl" "verify cuda" "Oclgrind" "all tests")
on_the_host='FullyQualifiedName~Tests.Data|FullyQualifiedName~Tests.Training|FullyQualifiedName~Tests.Reference|FullyQualifiedName~Engines.Cpu|FullyQualifiedName~GradientCheck'

run_check() {
  case $1 in
    "verify cpu") verify cpu ;;
    "verify opencl") verify opencl ;;
    "verify cuda") with_cuda verify cuda ;;
    "tests on the host") run_tests "$on_the_host" ;;
    "Oclgrind") GPULSTM_TESTS=all run_tests FullyQualifiedName~MemoryCheck ;;
    "all tests") GPULSTM_TESTS=all with_cuda run_tests FullyQualifiedName~GpuLstm ;;
  esac
}

verify() {
  timeout 600 dotnet "$checkout/bin/Debug/net10.0/gpulstm.dll" verify --accelerator "$1" --seed $seed
}

run_tests() {
  build tests/GpuLstm.Tests.csproj && build tests/Libtorch/GpuLstm.Libtorch.Tests.csproj &&
    GPULSTM_SEED=$seed GPULSTM_REQUIRE=oclgrind,opencl timeout 1800 dotnet test "$checkout" --no-build --filter "$1"
}

with_cuda() {
  if [ "$(ldconfig -p | grep -c 'libcuda\.so\.1')" -gt 0 ]; then
    "$@"
  else
    LD_LIBRARY_PATH=$work/ptx-driver${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$@"
  fi
}

# Without the analyzers, whom a mistake may well displease.
build() {
  dotnet build "$checkout/$1" --no-restore -v quiet -nologo -p:RunAnalyzers=false -p:GenerateDocumentationFile=false -p:TreatWarningsAsErrors=false
}

prepare() {
  local commit
  commit=$(git -C "$repository" rev-parse HEAD)
  mkdir -p "$work"
  [ -d "$checkout" ] || git clone -q "$repository" "$checkout" || return 1
  if [ "$(head -n 1 "$seen" 2>/dev/null)" != "$commit" ]; then
    echo "$commit" >"$seen"
    git -C "$checkout" fetch -q origin && git -C "$checkout" checkout -q --force --detach "$commit" || return 1
  fi
  git -C "$checkout" checkout -q --force . && dotnet restore "$checkout/${1:-}" -v quiet
}

# The mistake in the checkout, built.
plant() {
  git -C "$checkout" checkout -q --force . || return 1
  git -C "$checkout" apply "$here/patches/$1.patch" || { echo "$1: the patch does not apply"; return 1; }
  build GpuLstm.csproj >"$work/build.log" 2>&1 || { cat "$work/build.log"; echo "$1: does not compile"; return 1; }
}

# usage: ask NAME CHECK...    one check after the other, until one fails; with --full all
ask() {
  local name=$1 check begin was_seen=
  shift
  for check in "$@"; do
    begin=$SECONDS
    if ! run_check "$check" >"$work/check.log" 2>&1; then
      printf '%s\t%s\t%s\n' "$name" "$check" $((SECONDS - begin)) | tee -a "$seen"
      was_seen=1
      [ -n "$full" ] || break
    fi
  done
  [ -n "$was_seen" ] || printf '%s\tNOT SEEN\t\n' "$name" | tee -a "$seen"
  [ -n "$was_seen" ]
}

# A check that fails without a mistake would see every one.
baseline() {
  grep -q '^none	' "$seen" && return 0
  local check
  dotnet publish "$checkout/tests/PtxDriver" -c Release -r linux-x64 -o "$work/ptx-driver" -v quiet -nologo && build GpuLstm.csproj || return 1
  for check in "${checks[@]}"; do
    run_check "$check" >"$work/check.log" 2>&1 || { tail -n 30 "$work/check.log"; echo "'$check' fails without a mistake"; return 1; }
  done
  printf 'none\t\t\n' >>"$seen"
}

all_names() {
  (cd "$here/patches" && printf '%s\n' */*.patch | sed 's/\.patch$//')
}

table() {
  local name
  echo "| kind | mistake | seen by |"
  echo "|---|---|---|"
  all_names | while read -r name; do
    echo "| ${name%%/*} | $(head -n 1 "$here/patches/$name.patch") | $(grep "^$name	" "$here/seen.tsv" | cut -f2 | paste -sd, | sed 's/,/, /g') |"
  done
}

# N of the mistakes that a check sees within seconds; which, the commit's hash says.
few() {
  local failed=0 name check
  while IFS=$'\t' read -r name check _; do
    plant "$name" && ask "$name" "$check" || failed=1
  done < <(awk -F'\t' '$3 <= 20' "$here/seen.tsv" | shuf -n "$1" --random-source=<(yes "$(git -C "$repository" rev-parse HEAD)"))
  return $failed
}

full=
failed=0
case ${1:-} in
  --table) table; exit ;;
  --few)
    prepare GpuLstm.csproj >"$repository/obj/mistakes.log" 2>&1 || { cat "$repository/obj/mistakes.log"; exit 1; }
    few "$2"
    exit
    ;;
  --full) full=1; shift ;;
esac
prepare && baseline || exit 1
[ $# -gt 0 ] || mapfile -t names < <(all_names)
for name in "${@:-${names[@]}}"; do
  grep -q "^$name	" "$seen" && continue
  plant "$name" && ask "$name" "${checks[@]}" || failed=1
done
exit $failed
