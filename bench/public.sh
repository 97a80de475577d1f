#!/usr/bin/env bash
# Public sets of OK and NG images, each from OK images alone and from all image labels, three seeds:
#   bench/public.sh DATA OUT [model.weights=FILE] [key=value …]
# DATA holds ball-screw, magnetic-tile, brain-mri …; sets that are not there are passed over. A run
# that has ended in OUT is not made again. Prints, for each set and start, AUROC, PxAP, overkill and
# escape at the run's own threshold, overkill at 5 % escape, and seconds: means over the seeds.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
data=$1 out=$2
shift 2
here=$(cd "$(dirname "$0")/.." && pwd)
paucal=${PAUCAL:-$here/build/release/paucal}
mkdir -p "$out"

# The labels of a set without the NG images that training would see.
ok_alone() {
  python3 - "$1" "$2" "$3" <<'P'
import csv, sys
root, ok, target = sys.argv[1:]
with open(f"{root}/split.csv") as rows, open(target, "w") as kept:
    reader = csv.DictReader(rows)
    writer = csv.DictWriter(kept, ["path", "class", "split", "group"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(r for r in reader if r["split"] == "test" or r["class"] == ok)
P
}

figures() {
  python3 - "$@" <<'P'
import json, sys
name, *runs = sys.argv[1:]
reports = [json.load(open(f"{run}/report.json")) for run in runs]
def mean(*path):
    values = []
    for value in reports:
        for key in path:
            value = (value or {}).get(key)
        if value is not None:
            values.append(value)
    return f"{sum(values) / len(values):.3f}" if values else "–"
print("|", name, "|", reports[0]["start"]["method"], "|", " | ".join([
    mean("image", "auroc"), mean("localisation", "px_ap"), mean("image", "overkill"),
    mean("image", "escape"), mean("image", "overkill_at_5_percent_escape_on_test"),
    f"{sum(sum(r['seconds'].values()) for r in reports) / len(reports):.0f}"]), "|")
P
}

echo "| set | start | AUROC | PxAP | overkill | escape | overkill at 5 % escape | s |"
echo "|---|---|---|---|---|---|---|---|"
for row in ball-screw:OK magnetic-tile:MT_Free brain-mri:no; do
  set=${row%%:*} ok=${row##*:}
  [ -d "$data/$set" ] || continue
  for start in alone labels; do
    keys=("data.root=$data/$set" "data.ok=$ok")
    if [ $start = alone ]; then
      [ -f "$data/$set/split.csv" ] || continue
      ok_alone "$data/$set" "$ok" "$out/$set.csv"
      keys+=("data.labels=$out/$set.csv")
    fi
    runs=()
    for seed in 1 2 3; do
      run="$out/$set-$start-$seed"
      [ -f "$run/report.json" ] ||
        "$paucal" run "$here/recipes/inspection.yaml" "${keys[@]}" "train.seed=$seed" "$@" \
          --out "$run" >"$run.log" 2>&1 || { tail -3 "$run.log" >&2; continue; }
      runs+=("$run")
    done
    [ ${#runs[@]} -eq 0 ] || figures "$set, $start" "${runs[@]}"
  done
done
