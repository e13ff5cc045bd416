# Sourced by ./platform test: runs every test project against real servers that live as long as the run.

# Whenever a test waits for a broker, a clock or the end of its program, a core would stand idle: another program uses it.
readonly side_by_side=${PLATFORM_TEST_PROGRAMS:-2}

# The long ones first, so that none of them is left to run alone at the end.
readonly long_ones=(EndToEnd.Tests Platform.Registry.Tests Platform.Cli.Tests Platform.Trainer.Tests Platform.Predictor.Tests)

run_tests() {
    local results=$root/artifacts/test-results passed=0 failed=0 skipped=0 line program
    rm -rf "$results" && mkdir -p "$results"

    say "Starting PostgreSQL, RabbitMQ and radosgw for the tests …"
    # The servers stop when the pipe to their standard input closes, so they end with this shell, however it ends.
    coproc servers { exec "$cli" servers --folder "$root/.platform/test" --until-stdin-closes; }
    declare -g servers_pid=$!
    declare -gA running=() began=() lasted=() # process → program, program → second of its start, program → seconds
    trap stop_all EXIT
    trap 'exit 130' INT TERM
    while IFS= read -r line <&"${servers[0]}"; do
        [[ $line != '# ready' ]] || break
        eval "$line"
    done
    [[ $line == '# ready' ]] || die "the servers did not start"
    export PLATFORM_TEST_REQUIRE_SERVERS=true
    # Hundreds of services that live for seconds: the instrumented code that a long life would pay back is a tenth to a quarter of their work.
    export DOTNET_TieredPGO=0

    local unshown=("$root"/tests/*.Tests)
    unshown=("${unshown[@]##*/}")
    for program in $(long_ones_first "${unshown[@]}"); do
        while ((${#running[@]} >= side_by_side)); do wait_for_one; done
        (exec dotnet test "$root/artifacts/bin/$program/release/$program.dll" --logger "console;verbosity=normal" "$@" >"$results/$program.txt" 2>&1) &
        running[$!]=$program began[$program]=$SECONDS
    done
    while ((${#running[@]})); do wait_for_one; done

    stop_all
    trap - EXIT
    ((failed > 0)) || rm -rf "$root/.platform/test" # after a failure the servers' logs may tell more
    ((skipped == 0)) || echo "$skipped skipped: this machine lacks what they need"
    echo "$passed passed, $failed failed"
    ((failed == 0 && passed > 0))
}

long_ones_first() {
    local program
    for program in "${long_ones[@]}"; do
        [[ " $* " != *" $program "* ]] || echo "$program"
    done
    for program in "$@"; do
        [[ " ${long_ones[*]} " == *" $program "* ]] || echo "$program"
    done
}

# Returns once a program has ended, and shows every result that has no unfinished one before it.
wait_for_one() {
    local process program
    wait -n "${!running[@]}" || true
    for process in "${!running[@]}"; do
        if ! kill -0 "$process" 2>/dev/null; then
            program=${running[$process]}
            lasted[$program]=$((SECONDS - began[$program]))
            unset "running[$process]"
        fi
    done
    while ((${#unshown[@]})) && [[ -n ${lasted[${unshown[0]}]:-} ]]; do
        count_results "${unshown[0]}" "$results/${unshown[0]}.txt"
        unshown=("${unshown[@]:1}")
    done
}

# Adds up what the runner printed; a test process that died printed nothing, and that is a failure.
count_results() {
    local name=$1 output=$2 p f s
    read -r p f s < <(awk '
        /^ *Passed: +[0-9]+ *$/ { p += $2 } /^ *Failed: +[0-9]+ *$/ { f += $2 } /^ *Skipped: +[0-9]+ *$/ { s += $2 }
        /^Test Run Successful|^Test Run Failed|^No test matches/ { ended = 1 } /^Test Run Aborted/ { aborted = 1 }
        END { if (aborted || !ended) f += 1; print p + 0, f + 0, s + 0 }' "$output")
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%-28s %4d passed, %d failed, %d skipped (%d s)\n' "$name" "$p" "$f" "$s" "${lasted[$name]}"
    ((f == 0)) || grep -vE '^ *(Passed|Skipped) ' "$output" || true # one that died at once may have said nothing
}

# After an interruption programs are still running; their services die with them.
stop_all() {
    [[ -n ${servers_pid:-} ]] || return 0
    ((${#running[@]} == 0)) || { kill "${!running[@]}" 2>/dev/null && wait "${!running[@]}" 2>/dev/null; } || true
    eval "exec ${servers[1]}>&-" 2>/dev/null || true
    wait "$servers_pid" 2>/dev/null || true
    servers_pid=''
}
