#!/usr/bin/env bash
# Counts the files that real changes touched, each in its own commit (changes.tsv), and prints the table of docs/architecture.md.
# usage: count.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

# usage: files COMMIT PATTERN    how many files of a commit match
files() { git -C "$here" show --name-only --format= "$1" | grep -cE "$2" || true; }

echo '| change | before | product and tools | tests and benchmarks | commit |'
echo '|---|---|---|---|---|'
grep -v '^#' "$here/changes.tsv" | while IFS=$'\t' read -r change before commit; do
  if [ "$commit" = - ]; then
    echo "| $change | $before | to come | | |"
  else
    echo "| $change | $before | $(files "$commit" '^(src|kernels|tools)/') | $(files "$commit" '^(tests|benchmarks)/') | \`$commit\` |"
  fi
done
