#!/usr/bin/python3
"""NMS and ROI align beside torchvision's on one thread, in turns, medians of processor time.

    bench/detection_torchvision.py build/release/bench_detection [--rounds 5]

Needs Debian's python3-torchvision. Both sides get the same inputs, and their results are compared:
the scores of the boxes kept, and the aligned features. A round is the least of 7 runs on each side.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import torch
import torchvision

RUNS = 7


def least(body):
    best = float("inf")
    for _ in range(RUNS):
        start = time.process_time()
        body()
        best = min(best, time.process_time() - start)
    return 1e3 * best


def write(folder, name, tensor):
    (folder / name).write_bytes(tensor.contiguous().numpy().tobytes())


def read(folder, name):
    return torch.frombuffer(bytearray((folder / name).read_bytes()), dtype=torch.float32)


def make_inputs(folder):
    torch.manual_seed(0)
    inputs = {}
    for count in (1000, 10000):
        corner = torch.rand(count, 2) * 500
        boxes = torch.cat([corner, corner + 4 + torch.rand(count, 2) * 76], 1)
        scores, labels = torch.rand(count), torch.randint(0, 3, (count,))
        inputs[count] = boxes, scores, labels
        write(folder, f"boxes_{count}", boxes)
        write(folder, f"scores_{count}", scores)
        write(folder, f"labels_{count}", labels.to(torch.int32))
    corner = torch.rand(256, 2) * 200
    image = (torch.arange(256) % 2).float()[:, None]
    rois = torch.cat([image, corner, corner + 8 + torch.rand(256, 2) * 48], 1)
    features = torch.randn(2, 64, 64, 64)
    write(folder, "features", features)
    write(folder, "rois", rois)
    return inputs, features.requires_grad_(), rois


def peer(inputs, features, rois):
    times = {}
    for count, (boxes, scores, labels) in inputs.items():
        times[f"nms {count}"] = least(
            lambda: torchvision.ops.batched_nms(boxes, scores, labels, 0.5))
    align = lambda: torchvision.ops.roi_align(features, rois, 7, 0.25, 2, True)
    times["roi_align forward"] = least(align)
    best = float("inf")
    for _ in range(RUNS):
        out = align()
        ones = torch.ones_like(out)
        start = time.process_time()
        out.backward(ones)
        best = min(best, time.process_time() - start)
    times["roi_align backward"] = 1e3 * best
    return times


def check(folder, inputs, features, rois):
    for count, (boxes, scores, labels) in inputs.items():
        kept = scores[torchvision.ops.batched_nms(boxes, scores, labels, 0.5)]
        ours = read(folder, f"kept_{count}")
        same = kept.numel() == ours.numel() and bool((kept == ours).all())
        print(f"nms {count}: {kept.numel()} boxes kept, {'the same' if same else 'NOT the same'}")
    aligned = torchvision.ops.roi_align(features, rois, 7, 0.25, 2, True).detach().flatten()
    print(f"roi_align: largest difference {(aligned - read(folder, 'aligned')).abs().max():.2g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        inputs, features, rois = make_inputs(folder)
        ours, theirs = {}, {}
        for _ in range(options.rounds):
            lines = subprocess.run([options.program, name], check=True, capture_output=True,
                                   text=True).stdout.splitlines()
            for line in map(json.loads, lines):
                ours.setdefault(line["case"], []).append(line["ms"])
            for case, ms in peer(inputs, features, rois).items():
                theirs.setdefault(case, []).append(ms)
        check(folder, inputs, features, rois)
    print(f"{'case':<20} {'ours ms':>9} {'torchvision ms':>15} {'ratio':>6}")
    for case in ours:
        a, b = statistics.median(ours[case]), statistics.median(theirs[case])
        print(f"{case:<20} {a:>9.3f} {b:>15.3f} {b / a:>6.1f}")


if __name__ == "__main__":
    main()
