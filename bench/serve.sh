#!/usr/bin/env bash
# Load on `paucal-edge serve`, in the same run as the raw runtime. Prints one JSON object a line.
#   bench/serve.sh build/edge/paucal-edge build/light/bench_serve MODEL.paucal IMAGE.jpg…
# Environment: WORKERS (cores), SECONDS_EACH (10), PORT (8123). wrk is run if it is there.
set -euo pipefail
edge=$1 client=$2 model=$3
shift 3
workers=${WORKERS:-$(nproc)} each=${SECONDS_EACH:-10} port=${PORT:-8123}
url=http://127.0.0.1:$port/v2/models/bench/predict
folder=$(mktemp -d)

say() { printf '{"run": "%s", "result": %s}\n' "$1" "$2"; }
# number FILE_TEXT KEY
number() { grep -o "\"$2\": *[0-9.e+-]*" <<<"$1" | head -1 | sed 's/.*: *//'; }
times() { awk "BEGIN { print $1 * $2 }"; }
load() { # NAME CONNECTIONS RATE
  local name=$1 connections=$2 rate=$3
  shift 3
  say "$name" "$("$client" "$url" "$@" --connections "$connections" --rate "$rate" --seconds "$each")"
}

say raw_runtime "$("$edge" bench "$model" --image "$1" --threads 1 --json)"

"$edge" serve --model bench="$model" --listen "127.0.0.1:$port" --workers "$workers" \
  2>"$folder/log" &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -r "$folder"' EXIT
for _ in $(seq 100); do
  (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  kill -0 $server || { cat "$folder/log" >&2; exit 1; }
  sleep 0.1
done

load one_client 1 0 "$@"
best=$("$client" "$url" "$@" --connections $((workers * 4)) --seconds "$each")
say best "$best"
rate=$(number "$best" ok_per_second)
load load_50 16 "$(times "$rate" .5)" "$@"
load load_80 16 "$(times "$rate" .8)" "$@"
load load_300 300 "$(times "$rate" 3)" "$@"

if command -v wrk >/dev/null; then
  cat >"$folder/post.lua" <<LUA
local file = io.open("$1", "rb")
wrk.method = "POST"
wrk.body = file:read("*all")
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('{"run": "wrk", "result": {"answers": %d, "other_than_2xx": %d, "per_second": %.1f, "p50_ms": %.3f, "p99_ms": %.3f, "p999_ms": %.3f}}\n',
    summary.requests, e.status, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3))
end
LUA
  wrk --threads 1 --connections $((workers * 4)) --duration "${each}s" --script "$folder/post.lua" "$url" | grep '^{'
fi
say server_memory "$(awk '/VmRSS|VmHWM/ { printf "%s\"%s\": %d", n++ ? ", " : "{", $1, $2 } END { print "}" }' "/proc/$server/status" | sed 's/:":/":/g')"
