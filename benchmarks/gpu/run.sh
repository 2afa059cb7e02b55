#!/usr/bin/env bash
# Checks and measures the packed program on a machine with a GPU and PyTorch, in less than nine minutes.
# usage: run.sh [RESULTS_FOLDER]    a new folder by default
#
# ACCELERATOR       the program's: cuda by default
# TORCH_DEVICE      PyTorch's: cuda where ACCELERATOR is cuda, else cpu
# PYTHON            python3 by default
# GPULSTM_TWEETS    twitter_training.csv; without it there is no training on it
# VERSUS_ARGUMENTS  more arguments for versus_pytorch.py, such as: --hidden 1 16 --batch 32
# TOTAL_SECONDS     530 by default
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
accelerator=${ACCELERATOR:-cuda}
device=${TORCH_DEVICE:-$([ "$accelerator" = cuda ] && echo cuda || echo cpu)}
python=${PYTHON:-python3}
tweets=${GPULSTM_TWEETS:-}
deadline=$((SECONDS + ${TOTAL_SECONDS:-530}))
# What the parts behind the comparison may take; the comparison gets all the rest.
ours_seconds=120
theirs_seconds=50
wide_seconds=20 # for each precision

if [ ! -x "$here/gpulstm" ]; then
  echo "error: the program is not beside run.sh; make a folder with pack.sh, and run run.sh there" >&2
  exit 1
fi
precisions=$([ "$accelerator" = cuda ] && echo float32 tf32 bf16)
results=${1:-results-$(date +%Y%m%d-%H%M%S)}
mkdir -p "$results" || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
report=$results/report.txt
export PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
parts=() # a JSON object for each
failed=0

say() { echo "$@" | tee -a "$report"; }

# Runs one part of the work under a heading: part NAME LIMIT_SECONDS STANDARD_OUTPUT COMMAND...
# It may take LIMIT_SECONDS, and never longer than there is time in all. What it prints goes into STANDARD_OUTPUT, or into the
# report where that is -; errors go into the report in any case.
part() {
  local name=$1 limit=$2 output=$3 begun=$EPOCHREALTIME code seconds
  shift 3
  local left=$((deadline - SECONDS))
  [ "$limit" -le "$left" ] || limit=$left
  say ""
  say "== $name"
  if [ "$limit" -le 0 ]; then
    code=124
  elif [ "$output" = - ]; then
    timeout -k 5 "$limit" "$@" 2>&1 | tee -a "$report"
    code=${PIPESTATUS[0]}
  else
    { timeout -k 5 "$limit" "$@" 2>&1 >&3 | tee -a "$report"; code=${PIPESTATUS[0]}; } 3>"$output"
  fi
  seconds=$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $begun }")
  parts+=("{\"part\": \"$name\", \"exitCode\": $code, \"seconds\": $seconds}")
  if [ "$code" -eq 0 ]; then
    say "-- done in $seconds s"
  else
    failed=$((failed + 1))
    say "-- FAILED: $name, $([ "$code" -eq 124 ] && echo "no time left after $seconds s" || echo "exit code $code")"
  fi
}

gpu=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null | head -1)
: >"$report"
say "date: $(date -u +%Y-%m-%dT%H:%M:%SZ)"
say "device: ${gpu:-no nvidia-smi here}"
say "processor: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) threads"
say "program: $("$here/gpulstm" --version 2>/dev/null), --accelerator $accelerator; PyTorch on $device"

part "devices" 30 - "$here/gpulstm" devices
part "verify" 60 "$results/verify.json" "$here/gpulstm" verify --accelerator "$accelerator" --seed 1 --json
part "verify: worst errors" 60 - "$here/gpulstm" verify --accelerator "$accelerator" --seed 1 --markdown
part "determinism" 40 "$results/determinism.json" "$here/gpulstm" verify --determinism --accelerator "$accelerator" --seed 1 --json

[ -n "$tweets" ] && reserve=$((ours_seconds + theirs_seconds + wide_seconds * $(wc -w <<<"$precisions"))) || reserve=5
# Python starts and ends within 25 seconds of its budget, a slow last shape included.
budget=$((deadline - SECONDS - reserve - 25))
# shellcheck disable=SC2086 # VERSUS_ARGUMENTS are several words
part "comparison with PyTorch" $((budget + 25)) - "$python" "$here/versus_pytorch.py" \
  --program "$here/gpulstm" --accelerator "$accelerator" --device "$device" --budget "$budget" \
  --json "$results/versus_pytorch.json" ${VERSUS_ARGUMENTS:-}

if [ -n "$tweets" ]; then
  part "the article's 100 epochs, ours" "$ours_seconds" - "$here/gpulstm" train --data "$tweets" --preset article \
    --accelerator "$accelerator" --output "$scratch/article"
  [ -e "$scratch/article/metrics.json" ] && cp "$scratch/article/metrics.json" "$results/article_ours.json"
  part "the article's 100 epochs, PyTorch, a part of the steps" "$theirs_seconds" - \
    "$python" "$here/article_pytorch.py" "$tweets" --device "$device" --json "$results/article_pytorch.json"
  for precision in $precisions; do
    part "five epochs of 256 hidden units in $precision" "$wide_seconds" - "$here/gpulstm" train --data "$tweets" --hidden 256 --epochs 5 \
      --precision "$precision" --accelerator "$accelerator" --output "$scratch/$precision"
    [ -e "$scratch/$precision/metrics.json" ] && cp "$scratch/$precision/metrics.json" "$results/wide_$precision.json"
  done
else
  say ""
  say "training on the real tweets is left out: GPULSTM_TWEETS does not name twitter_training.csv"
fi

{
  printf '{\n"date": "%s",\n"device": "%s",\n"accelerator": "%s",\n"parts": [\n' \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "${gpu//[\"\\]/}" "$accelerator"
  (IFS=$'\n'; echo "${parts[*]}") | sed '$!s/$/,/'
  printf ']\n}\n'
} >"$results/run.json"

# Last, for a reader who sees only the end; the comparison's table stands shortly above it.
say ""
say "== summary"
sed -n '/^date: /p; /^device: /p' "$report" | head -2
sed -n 's/^{"part": "\(.*\)", "exitCode": \(.*\), "seconds": \(.*\)},\?$/exit code \2 after \3 s: \1/p' "$results/run.json" | tee -a "$report"
echo "results: $results"
exit $((failed > 0))
