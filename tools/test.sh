# Sourced by ./platform test: runs every test project against real servers that live as long as the run.

run_tests() {
    local results=$root/artifacts/test-results passed=0 failed=0 skipped=0 project dll output
    rm -rf "$results" && mkdir -p "$results"

    say "Starting PostgreSQL, RabbitMQ and radosgw for the tests …"
    # The servers stop when the pipe to their standard input closes, so they end with this shell, however it ends.
    coproc servers { exec "$cli" servers --folder "$root/.platform/test" --until-stdin-closes; }
    local servers_pid=$! line
    trap stop_servers EXIT
    trap 'exit 130' INT TERM
    while IFS= read -r line <&"${servers[0]}"; do
        [[ $line != '# ready' ]] || break
        eval "$line"
    done
    [[ $line == '# ready' ]] || die "the servers did not start"
    export PLATFORM_TEST_REQUIRE_SERVERS=true

    for project in "$root"/tests/*.Tests; do
        dll=$root/artifacts/bin/${project##*/}/release/${project##*/}.dll
        output=$results/${project##*/}.txt
        SECONDS=0
        dotnet test "$dll" --logger "console;verbosity=normal" "$@" >"$output" 2>&1 || true
        count_results "${project##*/}" "$output"
    done

    stop_servers
    trap - EXIT
    ((failed > 0)) || rm -rf "$root/.platform/test" # after a failure the servers' logs may tell more
    ((skipped == 0)) || echo "$skipped skipped: this machine lacks what they need"
    echo "$passed passed, $failed failed"
    ((failed == 0 && passed > 0))
}

# Adds up what the runner printed; a test process that died printed nothing, and that is a failure.
count_results() {
    local name=$1 output=$2 p f s
    read -r p f s < <(awk '
        /^ *Passed: +[0-9]+ *$/ { p += $2 } /^ *Failed: +[0-9]+ *$/ { f += $2 } /^ *Skipped: +[0-9]+ *$/ { s += $2 }
        /^Test Run Successful|^Test Run Failed|^No test matches/ { ended = 1 } /^Test Run Aborted/ { aborted = 1 }
        END { if (aborted || !ended) f += 1; print p + 0, f + 0, s + 0 }' "$output")
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%-28s %4d passed, %d failed, %d skipped (%d s)\n' "$name" "$p" "$f" "$s" "$SECONDS"
    ((f == 0)) || grep -vE '^ *(Passed|Skipped) ' "$output"
}

stop_servers() {
    [[ -n ${servers_pid:-} ]] || return 0
    eval "exec ${servers[1]}>&-" 2>/dev/null || true
    wait "$servers_pid" 2>/dev/null || true
    servers_pid=''
}
