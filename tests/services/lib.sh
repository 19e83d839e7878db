# What the start scripts share; bash.
set -euo pipefail

STARTED=()
FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/atdata-service.XXXXXX")
chmod 755 "$FOLDER" # some servers drop root

clean_up() {
    trap - EXIT
    for pid in "${STARTED[@]}"; do kill "-${STOP_SIGNAL:-TERM}" "$pid" 2>/dev/null || true; done
    for pid in "${STARTED[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$FOLDER"
}
trap clean_up EXIT
trap 'exit 0' TERM INT HUP

if [[ -n "${STOP_WITH_STDIN:-}" ]]; then
    # The other end is closed when the test ends, in whatever way.
    exec 3<&0
    { read -r _ <&3 || true; kill -TERM $$ 2>/dev/null; } >/dev/null 2>&1 &
    STARTED+=($!)
    exec 0</dev/null
fi

# need COMMAND NAME: ends if the command is not there.
need() {
    command -v "$1" >/dev/null || { echo "$1 is not installed: run tests/services/install $2" >&2; exit 3; }
}

# wait_for SECONDS PID COMMAND...: until the command succeeds; false when the time is up or the process is gone.
wait_for() {
    local end=$((SECONDS + $1)) pid=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null && ((SECONDS < end)) || return 1
        sleep 0.02
    done
}

# stay PID: as long as the process lives; signals get through at once.
stay() {
    while kill -0 "$1" 2>/dev/null; do wait "$1" || true; done
}
