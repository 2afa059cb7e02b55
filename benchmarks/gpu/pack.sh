#!/usr/bin/env bash
# Packs the program and the comparison with PyTorch for a linux-x64 machine without .NET and without a network.
# usage: pack.sh [FOLDER]    bin/gpu of the repository by default
set -euo pipefail

most_bytes=55000000
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
folder=${1:-$repository/bin/gpu}

if [ -e "$folder" ] && [ ! -e "$folder/gpulstm" ] && [ -n "$(ls -A "$folder")" ]; then
  echo "error: '$folder' is not empty, and not an earlier pack; give another folder" >&2
  exit 1
fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

# Not trimmed: ILGPU reads its kernels' code at run time. An artifacts path of its own leaves other builds alone. Into an empty folder:
# publishing over an earlier output deletes files that are still wanted.
work=$repository/obj/pack
rm -rf "$work/published"
dotnet publish "$repository/GpuLstm.csproj" -c Release -r linux-x64 --self-contained \
  --artifacts-path "$work" -o "$work/published" \
  -p:PublishSingleFile=true -p:EnableCompressionInSingleFile=true -p:IncludeNativeLibrariesForSelfExtract=true \
  -p:PublishTrimmed=false -p:DebugType=embedded -p:PublishDocumentationFiles=false -p:RunAnalyzers=false -nologo -v quiet
cp -R "$work/published/." "$here"/run.sh "$here"/*.py "$here"/README.md "$folder"

# On the built-in sample, in an empty environment: no DOTNET_ROOT, no PATH, no HOME.
if ! env -i "$folder/gpulstm" train --accelerator cpu --epochs 1 --output "$work/run" >"$work/train.log"; then
  echo "error: the packed program does not train; see $work/train.log" >&2
  exit 1
fi

bytes=$(du -sb "$folder" | cut -f1)
if [ "$bytes" -gt "$most_bytes" ]; then
  echo "error: '$folder' has $bytes bytes, more than $most_bytes" >&2
  exit 1
fi
echo "$folder: $bytes bytes, of at most $most_bytes"
