#!/usr/bin/env bash
# Plants the mistakes of patches/ one at a time, in a checkout of its own of the last commit, and tells which check sees each first.
# usage: plant.sh [--full] [KIND/NAME...]    all by default; --full asks every check, also after one has seen the mistake
#        plant.sh --few N                    N of those that seen.tsv says are seen within seconds, others with every commit, each by that check
#        plant.sh --table                    seen.tsv as the table of docs/correctness.md
# What was asked is kept in obj/mistakes/seen.tsv as long as the commit is the same: a run that was stopped goes on where it was. Exit code 1: a
# mistake goes unseen, a patch no longer applies, or a check fails without any mistake.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
seed=1

# .ci/run has all tests, of which the others are parts: those of verify are its cases, as often.
checks=("verify cpu" "tests on the host" "verify opencl" "verify cuda" "Oclgrind" "all tests")
on_the_host='FullyQualifiedName~Tests.Data|FullyQualifiedName~DropoutTests|FullyQualifiedName~ParameterInitializer|FullyQualifiedName~Tests.Training|FullyQualifiedName~Tests.Reference|FullyQualifiedName~Engines.Cpu|FullyQualifiedName~GradientCheck'

# From the cheapest. The tests on the host run no kernel; only --full asks them all the same.
checks_of() {
  if [ -z "$full" ] && grep -q '^+++ b/kernels/' "$here/patches/$1.patch"; then
    printf '%s\n' "${checks[@]}" | grep -v 'tests on the host'
  else
    printf '%s\n' "${checks[@]}"
  fi
}

run_check() {
  case $1 in
    "verify cpu") verify cpu ;;
    "verify opencl") verify opencl ;;
    "verify cuda") with_cuda verify cuda ;;
    "tests on the host") run_tests "$on_the_host" ;;
    "Oclgrind") GPULSTM_TESTS=all run_tests FullyQualifiedName~MemoryCheck ;;
    "all tests") GPULSTM_TESTS=all with_cuda run_tests FullyQualifiedName~GpuLstm ;;
    *) echo "there is no check '$1'"; return 0 ;;
  esac
}

verify() {
  timeout 600 dotnet "$checkout/bin/Debug/net10.0/gpulstm.dll" verify --accelerator "$1" --seed $seed
}

run_tests() {
  GPULSTM_SEED=$seed timeout 1800 dotnet test "$checkout" --no-build --filter "$1"
}

with_cuda() {
  if [ "$(ldconfig -p | grep -c 'libcuda\.so\.1')" -gt 0 ]; then
    "$@"
  else
    LD_LIBRARY_PATH=$work/ptx-driver${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$@"
  fi
}

# Of what a check needs; without the analyzers, whom a mistake may well displease.
build() {
  local project=GpuLstm.csproj
  [[ $1 == verify* ]] || project=GpuLstm.sln
  dotnet build "$checkout/$project" --no-restore -v quiet -nologo \
    -p:RunAnalyzers=false -p:GenerateDocumentationFile=false -p:TreatWarningsAsErrors=false >"$work/build.log" 2>&1 ||
    { cat "$work/build.log"; return 1; }
}

# usage: prepare FOLDER PROJECT    the checkout of the last commit, and what was asked of it
prepare() {
  work=$1
  checkout=$work/checkout
  seen=$work/seen.tsv
  mkdir -p "$work"
  exec 9>"$work/lock"
  flock --nonblock 9 || { echo "another run plants mistakes in '$work'"; return 1; }
  local commit
  commit=$(git -C "$repository" rev-parse HEAD)
  [ -d "$checkout" ] || git clone -q "$repository" "$checkout" || return 1
  if [ "$(head -n 1 "$seen" 2>/dev/null)" != "$commit" ]; then
    git -C "$checkout" fetch -q origin && git -C "$checkout" checkout -q --force --detach "$commit" || return 1
    echo "$commit" >"$seen"
  fi
  git -C "$checkout" checkout -q --force . && dotnet restore "$checkout/$2" -v quiet
}

# A check that fails without a mistake would see every one.
passes_without() {
  local check
  git -C "$checkout" checkout -q --force . || return 1
  for check in "$@"; do
    build "$check" || return 1
    run_check "$check" >"$work/check.log" 2>&1 || { tail -n 30 "$work/check.log"; echo "'$check' fails without a mistake"; return 1; }
  done
}

# usage: plant NAME CHECK...    with the mistake in the checkout one check after the other, until one fails; with --full all
plant() {
  local name=$1 check begin was_seen=
  shift
  git -C "$checkout" checkout -q --force . || return 1
  git -C "$checkout" apply "$here/patches/$name.patch" || { echo "$name: the patch does not apply"; return 1; }
  for check in "$@"; do
    build "$check" || { echo "$name: does not compile"; return 1; }
    begin=$SECONDS
    if ! run_check "$check" >"$work/check.log" 2>&1 </dev/null; then
      printf '%s\t%s\t%s\n' "$name" "$check" $((SECONDS - begin)) | tee -a "$seen"
      was_seen=1
      [ -n "$full" ] || break
    fi
  done
  [ -n "$was_seen" ] || printf '%s\tNOT SEEN\t\n' "$name" | tee -a "$seen"
  [ -n "$was_seen" ]
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

# Without a run without a mistake: that is what all of CI is.
few() {
  local failed=0 name check drawn
  prepare "$repository/obj/mistakes-few" GpuLstm.csproj || return 1
  drawn=$(awk -F'\t' '$2 == "verify cpu" && $3 <= 10' "$here/seen.tsv" |
    shuf -n "$1" --random-source=<(yes "$(git -C "$repository" rev-parse HEAD)"))
  [ "$(wc -l <<<"$drawn")" -eq "$1" ] || { echo "fewer than $1 mistakes in seen.tsv"; return 1; }
  while IFS=$'\t' read -r name check _; do
    plant "$name" "$check" || failed=1
  done <<<"$drawn"
  return $failed
}

full=
case ${1:-} in
  --table) table; exit ;;
  --few) few "$2"; exit ;;
  --full) full=1; shift ;;
esac
prepare "$repository/obj/mistakes" GpuLstm.sln || exit 1
if ! grep -q '^none	' "$seen"; then
  dotnet publish "$checkout/tools/ptx-driver/driver" -c Release -r linux-x64 -o "$work/ptx-driver" -v quiet -nologo && passes_without "${checks[@]}" || exit 1
  printf 'none\t\t\n' >>"$seen"
fi
[ $# -gt 0 ] || mapfile -t names < <(all_names)
failed=0
for name in "${@:-${names[@]}}"; do
  mapfile -t wanted < <(checks_of "$name")
  grep -q "^$name	" "$seen" || plant "$name" "${wanted[@]}" || failed=1
done
grep -q '	NOT SEEN	' "$seen" && failed=1
exit $failed
