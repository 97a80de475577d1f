#!/usr/bin/env python3
"""How far the first OK images lead: AUROC, false alarms and what was promised, over random draws.

    bench/first_images.py SET OUT [--ok OK] [--sizes 5,10,20,50] [--draws 20] [--turned | --placed] [key=value …]

SET has a folder a class, and may have a split.csv (path,class,split[,group]); else every second OK
image and every NG image is for testing. --turned (needs Pillow) first turns each image at random,
about its centre, and cuts the square that is left; --placed turns it and lays it somewhere on a
dark ground of twice its side, as a part on a belt. A run that has ended in OUT is not made again.
Prints a Markdown table: a draw breaks its promise where more of the OK images for testing are called
NG than report.json's promise.false_alarms_95 says.
"""
import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

ENDINGS = {".jpg", ".jpeg", ".png", ".bmp", ".tif"}


def rows_of(root, ok):
    split = root / "split.csv"
    if split.exists():
        with split.open() as file:
            return [{"group": "", **row} for row in csv.DictReader(file)]
    rows = []
    for folder in sorted(p for p in root.iterdir() if p.is_dir() and p.name != "truth"):
        for i, path in enumerate(sorted(p for p in folder.iterdir() if p.suffix.lower() in ENDINGS)):
            test = folder.name != ok or i % 2 == 1
            rows.append({"path": str(path.relative_to(root)), "class": folder.name,
                         "split": "test" if test else "train", "group": ""})
    return rows


def turned_copy(root, to, rows):
    from PIL import Image

    chance = random.Random(0)
    for row in rows:
        target = to / row["path"]
        angle = chance.uniform(0, 360)
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        image = Image.open(root / row["path"])
        side = int(min(image.size) / 2 ** 0.5)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        image.rotate(angle, Image.Resampling.BICUBIC).crop((left, top, left + side, top + side)).save(
            target, quality=95)
    return to


def placed_copy(root, to, rows):
    from PIL import Image

    chance = random.Random(0)
    for row in rows:
        target = to / row["path"]
        angle, left, top = chance.uniform(0, 360), chance.random(), chance.random()
        grain = chance.getrandbits(32)
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        image = Image.open(root / row["path"]).convert("L")
        side = 2 * max(image.size)
        small = side // 2
        noise = bytes(random.Random(grain).choices(range(12, 29), k=small * small))
        ground = Image.frombytes("L", (small, small), noise)
        ground = ground.resize((side, side), Image.Resampling.BICUBIC)
        turned = image.rotate(angle, Image.Resampling.BICUBIC, expand=True)
        mask = Image.new("L", image.size, 255).rotate(angle, Image.Resampling.BICUBIC, expand=True)
        ground.paste(turned, (int(left * (side - turned.width)), int(top * (side - turned.height))), mask)
        ground.save(target, quality=95)
    return to


def draw_of(rows, ok, size, seed):
    oks = [row for row in rows if row["class"] == ok and row["split"] != "test"]
    chosen = random.Random(seed).sample(oks, min(size or len(oks), len(oks)))
    return [{**row, "split": "train"} for row in chosen] + [row for row in rows if row["split"] == "test"]


def report_of(args, root, rows, size, seed):
    run = args.out / f"{size or 'all'}-{seed}"
    if not (run / "report.json").exists():
        args.out.mkdir(parents=True, exist_ok=True)
        labels = args.out / f"{run.name}.csv"
        with labels.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["path", "class", "split", "group"], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(draw_of(rows, args.ok, size, seed))
        command = [args.paucal, "run", args.recipe, f"data.root={root}", f"data.labels={labels}",
                   f"data.ok={args.ok}", f"train.seed={seed}", *args.keys, "--out", str(run)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr[-2000:])
    return json.loads((run / "report.json").read_text())


def main():
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("keys", nargs="*")
    parser.add_argument("--ok", default="OK")
    parser.add_argument("--sizes", default="5,10,20,50", help="0: all")
    parser.add_argument("--draws", type=int, default=20)
    poses = parser.add_mutually_exclusive_group()
    poses.add_argument("--turned", action="store_true")
    poses.add_argument("--placed", action="store_true")
    parser.add_argument("--recipe", default=str(here / "recipes/inspection.yaml"))
    parser.add_argument("--paucal", default=os.environ.get("PAUCAL", str(here / "build/release/paucal")))
    args = parser.parse_intermixed_args()
    rows = rows_of(args.set, args.ok)
    root = args.set
    if args.turned:
        root = turned_copy(args.set, args.out / "turned", rows)
    elif args.placed:
        root = placed_copy(args.set, args.out / "placed", rows)
    print("| OK images | draws | AUROC | false alarms | promised | draws that broke the promise for 95 of 100 | s |")
    print("|---|---|---|---|---|---|---|")
    for size in map(int, args.sizes.split(",")):
        reports = [report_of(args, root, rows, size, seed) for seed in range(args.draws)]
        auroc = [r["image"]["auroc"] for r in reports]
        alarms = [r["image"]["overkill"] for r in reports]
        promise = [r.get("promise") or {} for r in reports]
        broken = sum(a > p.get("false_alarms_95", 1) for a, p in zip(alarms, promise))
        seconds = statistics.mean(sum(r["seconds"].values()) for r in reports)
        promised = statistics.mean(p.get("false_alarms", 0) for p in promise)
        print(f"| {size or 'all'} | {len(reports)} | {statistics.mean(auroc):.3f} ± {statistics.pstdev(auroc):.3f} "
              f"| {100 * statistics.mean(alarms):.1f} % | {100 * promised:.1f} % | {broken} of {len(reports)} "
              f"| {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
