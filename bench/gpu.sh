#!/usr/bin/env bash
# The trainer's tests and benchmarks on a machine with CUDA and PyTorch's wheel that has neither network nor .NET:
#
#   bench/gpu.sh pack DIR                        here: builds, and writes one file, DIR/platform-gpu.tar.xz
#   bench/gpu.sh run FILE [--out DIR] [--torch PREFIX] [--only NAME,…]   there: unpacks, builds the native part against libtorch, tests, measures
#
# The file holds the built tests and benchmarks, the .NET runtime that they were built with, and the native sources. What must be
# there: bash, tar, cmake, g++, and a python3 with torch (or another libtorch: PREFIX is PyTorch's cmake_prefix_path).
# Names for --only: Torch, Models, Trainer, bench.
set -euo pipefail

projects=(Platform.Torch.Tests Platform.Models.Tests Platform.Trainer.Tests Platform.Bench)
folders=("${projects[@]}" Platform.Trainer) # tests start the trainer itself as a child process
benches=("training --json --jobs 0 --device cuda" "groups --json --device cuda") # whole jobs need servers
longest=20m # a test project or benchmark that takes longer hangs

usage() { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
say() { echo "$*" >&2; }
die() { say "error: $*"; exit 2; }

pack() {
    local out=${1:?$(usage)} root project runtime place list bytes
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    stage=$(mktemp -d) && trap 'rm -rf "$stage"' EXIT

    for project in tests/Platform.Torch.Tests tests/Platform.Models.Tests tests/Platform.Trainer.Tests bench/Platform.Bench; do
        say "Building $project …"
        dotnet build "$root/$project" -c Release -m:2 -nodeReuse:false -v:quiet -nologo >&2
    done
    mkdir -p "$out" "$stage/dotnet/shared"
    # The layout of the checkout: tests find the trainer, and the benchmarks their peers, by it.
    for project in "${folders[@]}"; do
        mkdir -p "$stage/artifacts/bin/$project"
        cp -a "$root/artifacts/bin/$project/release" "$stage/artifacts/bin/$project/"
    done
    cp "$root/Platform.sln" "$stage/"
    cp -r "$root/shared/Platform.Torch/native" "$stage/native"
    git -C "$root" describe --always --dirty >"$stage/commit"

    # The newest runtime of the version that the projects name, as `dotnet` would choose it.
    for runtime in Microsoft.NETCore.App Microsoft.AspNetCore.App; do
        place=$(dotnet --list-runtimes | sed -n "s/^$runtime \(10\.[0-9.]*\) \[\(.*\)\]$/\2\/\1/p" | sort -V | tail -n 1)
        [[ -n $place ]] || die "there is no $runtime 10 on this machine"
        mkdir -p "$stage/dotnet/shared/$runtime"
        cp -r "$place" "$stage/dotnet/shared/$runtime/"
    done
    place=${place%/shared/*}
    cp "$place/dotnet" "$stage/dotnet/" && cp -r "$place/host" "$stage/dotnet/"

    # What cannot run there, and what is built there.
    find "$stage/artifacts" -type f \( -name libplatform_torch.so -o -path '*/runtimes/win*' -o -path '*/runtimes/osx*' -o -path '*/runtimes/maccatalyst*' \
        -o -path '*/runtimes/*arm*' -o -path '*/runtimes/*x86' -o -path '*/runtimes/*musl*' -o -path '*/release/x86/*' -o -path '*/release/arm64/*' \
        -o -path '*/release/amd64/*' \) -delete
    # In the order of file names, so that the copies of one library lie side by side and are stored once.
    list=$stage.list
    (cd "$stage" && find . \( -type f -o -type l \) -printf '%f\t%p\n' | sort | cut -f 2) >"$list"
    tar -C "$stage" --no-recursion --owner=0 --group=0 -cf - -T "$list" | xz --lzma2=preset=9,dict=192MiB >"$out/platform-gpu.tar.xz"
    rm -f "$list"
    bytes=$(stat -c %s "$out/platform-gpu.tar.xz")
    say "$out/platform-gpu.tar.xz: $((bytes / 1000000)) MB"
    ((bytes < 60000000)) || die "the file must stay under 60 MB"
}

run() {
    local file=${1:?$(usage)} out=gpu-results torch='' only=Torch,Models,Trainer,bench
    shift
    while (($#)); do
        case $1 in
            --out) out=$2 ;;
            --torch) torch=$2 ;;
            --only) only=$2 ;;
            *) die "unknown option $1" ;;
        esac
        shift 2
    done
    mkdir -p "$out" && out=$(cd "$out" && pwd)
    work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
    { if type -P xz >/dev/null; then xz -dc "$file"; else python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$file"; fi; } |
        tar -C "$work" -xf -
    [[ -n $torch ]] || torch=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)' 2>/dev/null) || true

    : >"$out/summary.txt"
    gpu=$(nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader 2>/dev/null) || gpu=''
    note "$(date -u +%FT%TZ) commit $(<"$work/commit"), $(nproc) processors, ${gpu:-no GPU}"
    if ! { cmake -S "$work/native" -B "$work/build" -DCMAKE_BUILD_TYPE=Release ${torch:+-DCMAKE_PREFIX_PATH="$torch"} &&
        cmake --build "$work/build" --parallel; } >"$out/native.log" 2>&1; then
        note "native part: FAILED, see native.log"
        tail -n 20 "$out/native.log" >&2
        exit 1
    fi
    note "native part: built, $(sed -n 's/^-- \(libtorch [^:]*\):.*/\1/p' "$out/native.log")"
    local folder failed=0
    for folder in "$work"/artifacts/bin/*/release; do cp "$work/build/libplatform_torch.so" "$folder/"; done

    environment
    local name
    for name in Torch Models Trainer; do
        [[ ,$only, == *,$name,* ]] || continue
        tested "$name" || failed=1
    done
    if [[ ,$only, == *,bench,* ]]; then measured || failed=1; fi
    note "$( ((failed)) && echo FAILED || echo passed)"
    return $failed
}

environment() {
    export DOTNET_ROOT=$work/dotnet DOTNET_MULTILEVEL_LOOKUP=0 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_NOLOGO=1
    export PATH=$work/dotnet:$PATH HOME=${HOME:-$work}
    export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
    local blas=/usr/lib/x86_64-linux-gnu/openblas-openmp # only Debian's libtorch needs it
    [[ ! -d $blas ]] || export LD_LIBRARY_PATH=$blas${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    PLATFORM_PYTHON=$(type -P python3 || true)
    export PLATFORM_PYTHON
}

# Tests that need servers skip themselves: there are none.
tested() {
    local log=$out/$1.log code=0
    timeout "$longest" dotnet "$work/artifacts/bin/Platform.$1.Tests/release/Platform.$1.Tests.dll" -noColor >"$log" 2>&1 || code=$?
    note "Platform.$1.Tests: $(sed -n 's/.*Total: \(.*\), Not Run.*/total \1/p' "$log" | tail -n 1) (exit code $code)"
    ((code == 0)) || grep -E '\[FAIL\]' "$log" | sed 's/^ */    /' | tee -a "$out/summary.txt" >&2
    return $code
}

measured() {
    if [[ -z $PLATFORM_PYTHON ]] || ! "$PLATFORM_PYTHON" -c 'import torch, numpy' 2>/dev/null; then
        note "benchmarks: left out, there is no python3 with torch and numpy for the peer"
        return 0
    fi
    local bench code=0
    : >"$out/bench.jsonl" && : >"$out/bench.log"
    for bench in "${benches[@]}"; do
        # shellcheck disable=SC2086 # a bench is a name and its options
        [[ -n $gpu ]] || bench=${bench/--device cuda/--device cpu}
        timeout "$longest" dotnet "$work/artifacts/bin/Platform.Bench/release/platform-bench.dll" $bench >>"$out/bench.jsonl" 2>>"$out/bench.log" || code=1
    done
    tee -a "$out/summary.txt" <"$out/bench.jsonl" >&2
    ((code == 0)) || note "benchmarks: a limit was missed or one of them failed, see bench.log"
    return $code
}

note() { echo "$*" | tee -a "$out/summary.txt" >&2; }

case ${1:-} in
    pack) pack "${@:2}" ;;
    run) run "${@:2}" ;;
    *) usage >&2; exit 2 ;;
esac
