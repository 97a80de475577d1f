#!/usr/bin/env bash
# Load on `paucal-edge serve`, in the same run as the raw runtime. Prints one JSON object a line.
#   bench/serve.sh build/edge/paucal-edge build/light/bench_serve MODEL.paucal IMAGE.jpg…
# Environment: WORKERS (cores), SECONDS_EACH (10), PORT (8123). wrk is run if it is there, and beside it
# bench/serve_peer.mjs where PEER_MODULES and ONNX (the same network) are set, with PEER_KEYS for it.
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

# What HTTP, queue and text cost: the client's mean time less what decoding, network and verdict took.
worked_ns() { # sum over all requests, and how many
  curl -s "http://127.0.0.1:$port/v2/models/bench/stats" | python3 -c '
import json, sys
stats = json.load(sys.stdin)["model_stats"][0]["inference_stats"]
print(sum(stats[k]["ns"] for k in ("compute_input", "compute_infer", "compute_output")), stats["success"]["count"])'
}
read -r worked count < <(worked_ns)
one=$("$client" "$url" "$@" --connections 1 --warm-up 0 --seconds "$each")
say one_client "$one"
read -r worked_after count_after < <(worked_ns)
say one_client_beside_the_work "$(awk -v mean="$(number "$one" mean_ms)" \
  -v worked=$((worked_after - worked)) -v count=$((count_after - count)) \
  'BEGIN { w = worked / count / 1e6; printf "{\"worked_ms\": %.3f, \"overhead_ms\": %.3f}", w, mean - w }')"
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
if [ -n "${PEER_MODULES:-}" ]; then
  # shellcheck disable=SC2086
  node "$(dirname "$0")/serve_peer.mjs" "$ONNX" --port $((port + 1)) --threads "$workers" ${PEER_KEYS:-} \
    2>"$folder/peer" &
  peer=$!
  trap 'kill $server $peer 2>/dev/null || true; wait $server 2>/dev/null || true; rm -r "$folder"' EXIT
  until grep -q ready "$folder/peer"; do sleep 0.1; kill -0 $peer; done
  for _ in 1 2 3; do
    load ours_$((workers * 4)) $((workers * 4)) 0 "$@"
    say peer_$((workers * 4)) "$("$client" "http://127.0.0.1:$((port + 1))/" "$@" \
      --connections $((workers * 4)) --seconds "$each")"
    load ours_1 1 0 "$@"
    say peer_1 "$("$client" "http://127.0.0.1:$((port + 1))/" "$@" --connections 1 --seconds "$each")"
  done
fi
say server_memory "$(awk '/VmRSS|VmHWM/ { printf "%s\"%s\": %d", n++ ? ", " : "{", $1, $2 } END { print "}" }' "/proc/$server/status" | sed 's/:":/":/g')"
