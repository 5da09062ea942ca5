#!/usr/bin/env bash
# The first runs on a machine with an NVIDIA GPU, from the folder that bench/gpu/pack.sh made. Each phase takes less than seven minutes:
#   first.sh 1 [OUT]   is it right: what is there, smoke tests, a fit on both devices, a short benchmark, all GPU tests, memcheck
#   first.sh 2 [OUT]   is it fast: the benchmark, and PyTorch beside it where python3 has it
#   first.sh 3 [OUT]   is it clean, and where does the time go: racecheck, initcheck, counters of the slowest kernels
#   first.sh 4 [OUT]   the lab: the ladder of kernels/README.md, timed, its code counted where cuobjdump is, counters of its upper rungs
# Logs and results go to OUT, results/gpu-first below the current folder where nothing is said. A step that fails does not keep the next ones
# from running; the exit code is the number of steps that failed.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
phase=${1:-}
out=${2:-results/gpu-first}
if [[ ! $phase =~ ^[1234]$ ]]; then
  sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 2
fi

mkdir -p "$out"
export PYTHONUNBUFFERED=1 DOTNET_gcServer=0 NO_COLOR=1 IAD_REQUIRE=Gpu # A test that is skipped has failed.
failed=0
step() { # step SECONDS NAME LINES COMMAND...: runs it within so many seconds, with its log in OUT/NAME.log, and shows the last lines.
  local limit=$1 name=$2 lines=$3 begin=$SECONDS status=0
  shift 3
  timeout -k 5 "$limit" "$@" >"$out/$name.log" 2>&1 || status=$?
  ((status == 0)) || failed=$((failed + 1))
  echo "== $name: $( ((status == 0)) && echo passed || echo "FAILED ($status)"), $((SECONDS - begin)) s"
  tail -n "$lines" "$out/$name.log"
}
missing() { echo "== $1: left out, $2"; }

find_python() { # sets python to the options of PyTorch's side, where python3 has it
  python=()
  if command -v python3 >/dev/null && python3 -c 'import torch' 2>/dev/null; then python=(--python python3 --variants eager,graph); fi
}

fit=("$here/iad" fit "$here/samples/satellite.csv.gz" --label label --model svdd)
case $phase in
1)
  {
    uname -r
    command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,clocks.max.sm,mig.mode.current --format=csv
    echo "IAD_CUDA_PATH=${IAD_CUDA_PATH:-}"
  } 2>&1 | tee "$out/machine.log"
  step 30 info 15 "$here/iad" info
  step 60 smoke 5 "$here/IadNative.Tests" --filter "TestCategory=Gpu&FullyQualifiedName~GpuSmokeTests"
  for device in cpu cuda; do
    step 45 "fit-$device" 3 "${fit[@]}" --seeds 10 --rounds 3 --epochs 5 --device "$device" --json "$out/fit-$device.json"
  done
  if command -v python3 >/dev/null; then step 10 compare 5 python3 "$here/compare.py" "$out/fit-cpu.json" "$out/fit-cuda.json"; else missing compare "there is no python3"; fi
  step 70 quick 40 "$here/IadNative.Bench.Gpu" --only svdd,maf36,lenet,sort --replicas 1,50 --repetitions 3 --sort 12,20,24 --seconds-limit 60 \
    --json "$out/quick.json"
  step 100 tests 15 "$here/IadNative.Tests" --filter TestCategory=Gpu
  if command -v compute-sanitizer >/dev/null; then
    step 50 memcheck 5 compute-sanitizer --tool memcheck --error-exitcode 9 "${fit[@]}" --rounds 1 --epochs 1 --device cuda
  else
    missing memcheck "there is no compute-sanitizer"
  fi
  ;;
2)
  find_python
  step 410 benchmark 80 "$here/IadNative.Bench.Gpu" --replicas 1,10,50 --repetitions 3 "${python[@]}" --seconds-limit 390 --json "$out/gpu.json" \
    --out "$out/gpu.md"
  ;;
3)
  if command -v compute-sanitizer >/dev/null; then
    for tool in racecheck initcheck; do
      step 130 "$tool" 5 compute-sanitizer --tool "$tool" --error-exitcode 9 "${fit[@]}" --rounds 1 --epochs 1 --device cuda
    done
  else
    missing "racecheck and initcheck" "there is no compute-sanitizer"
  fi
  if command -v ncu >/dev/null; then
    step 140 counters 80 ncu --clock-control none --graph-profiling node --section SpeedOfLight --section LaunchStats --section WarpStateStats \
      -k 'regex:convolve|conv_weight|batchnorm|sort_pass|gemm' -c 24 \
      "$here/IadNative.Bench.Gpu" --only lenet,svdd,sort --replicas 1 --repetitions 1 --sort 20
  else
    missing counters "there is no ncu"
  fi
  ;;
4)
  find_python
  PATH=$PATH:/usr/local/cuda/bin # where toolkits have cuobjdump
  step 320 lab 90 "$here/IadNative.Bench.Gpu" lab --repetitions 3 "${python[@]}" --seconds-limit 300 --json "$out/lab.json" --out "$out/lab.md"
  if command -v ncu >/dev/null; then
    step 80 lab-counters 80 ncu --clock-control none --graph-profiling node --section SpeedOfLight --section WarpStateStats \
      --section MemoryWorkloadAnalysis -k 'regex:^chain_(forward|backward|step|epoch)$' -c 12 \
      "$here/IadNative.Bench.Gpu" lab --only svdd --rungs 2,3,4 --replicas 1 --repetitions 1 --seconds-limit 40
  else
    missing lab-counters "there is no ncu"
  fi
  ;;
esac

echo "== phase $phase: $failed failed; logs and results are in $out"
exit "$failed"
