#!/usr/bin/env bash
# Packs what is tried first on a machine with an NVIDIA GPU: the tests, the command iad and the GPU benchmark with PyTorch's side of it,
# in one folder for linux-x64 that needs no .NET, and the same as a .tar.xz of 40 MB at most.
#   bench/gpu/pack.sh [FOLDER]    artifacts/iad-gpu where nothing is said; it is written anew
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=${1:-artifacts/iad-gpu}
if [[ -e $folder && ! -x $folder/first.sh ]]; then
  echo "'$folder' is there and was not packed by this; name another folder, or remove it." >&2
  exit 2
fi

rm -rf "$folder" "$folder.tar.xz"
for project in tests/IadNative.Tests src/IadNative.Cli bench/IadNative.Bench.Gpu; do
  dotnet publish "$project" -c Release -r linux-x64 --self-contained -o "$folder" -p:DebugType=none -p:GenerateDocumentationFile=false
done

# What is no use there: debuggers and tracers of the runtime, other collectors, what counts covered lines, what draws pictures, and what only
# tests without a GPU read.
rm -rf "$folder"/{createdump,libmscordaccore.so,libmscordbi.so,libcoreclrtraceptprovider.so,libclrgc.so,libclrgcexp.so,libSkiaSharp.so,libHarfBuzzSharp.so} \
  "$folder"/Microsoft.VisualBasic*.dll "$folder"/{Bits,results,CudaEmulator,Data,Microsoft.CodeCoverage} "$folder"/*.{pdb,xml}
cp bench/gpu/first.sh bench/gpu/compare.py "$folder/"

XZ_OPT=-9e tar -C "$(dirname "$folder")" -cJf "$folder.tar.xz" "$(basename "$folder")"
bytes=$(stat -c %s "$folder.tar.xz")
if ((bytes > 40000000)); then
  echo "$folder.tar.xz has $bytes bytes; leave out what no phase of first.sh needs." >&2
  exit 1
fi
echo "$folder.tar.xz: $((bytes / 1000000)) MB. There: tar xf $(basename "$folder").tar.xz && $(basename "$folder")/first.sh 1"
