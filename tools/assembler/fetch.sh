#!/usr/bin/env bash
# Downloads Debian's package with NVIDIA's assembler and disassembler, and unpacks these two. Nothing is installed.
# usage: fetch.sh FOLDER    where ptxas and nvdisasm are to lie
set -euo pipefail

release=bookworm # its ptxas is that of the committed table
package=nvidia-cuda-toolkit
folder=$1
work=$folder/download
mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial"

# The machine's own mirror of Debian, with the component that the package is in.
awk -v release="$release" 'BEGIN { RS = ""; FS = "\n" }
  /(^|\n)URIs:[^\n]*\/debian\/?(\n|$)/ {
    for (n = 1; n <= NF; n++) {
      if ($n ~ /^Suites:/) print "Suites: " release
      else if ($n ~ /^Components:/) print "Components: non-free"
      else print $n
    }
    exit
  }' /etc/apt/sources.list.d/debian.sources >"$work/sources/debian.sources"

options=(-o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$work/sources" -o "Dir::State::lists=$work/lists"
  -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)" -q)
apt-get "${options[@]}" update >"$work/log" 2>&1 && (cd "$work" && apt-get "${options[@]}" download "$package" >>log 2>&1) ||
  { tail -n 5 "$work/log" >&2; exit 1; }
dpkg-deb --fsys-tarfile "$work/$package"_*.deb | tar -x -C "$work" --wildcards './usr/*/ptxas' './usr/*/nvdisasm'
find "$work/usr" -type f \( -name ptxas -o -name nvdisasm \) -exec mv {} "$folder" \;
rm -rf "$work"
