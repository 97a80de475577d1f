#!/usr/bin/python3
"""A detector's training step beside torchvision's on one thread, in turns, medians.

    bench/detection_train_torchvision.py build/release/bench_detection_train [--rounds 3]

Needs Debian's python3-torchvision. Both sides: ResNet-18 from scratch, a pyramid of 256 channels from
stride 8 on, images of one size, four boxes an image, SGD. retinanet_mil stands beside RetinaNet (towers
of four convolutions, nine anchors a cell), mil beside Faster R-CNN (two linear layers of 1,024, 128
regions an image; torchvision's come from a trained RPN, ours from the class map).
"""
import argparse
import json
import statistics
import subprocess
import time

import torch
from torchvision.models.detection import FasterRCNN, RetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

WARM_UP = 2


def backbone():
    return resnet_fpn_backbone("resnet18", weights=None, returned_layers=[2, 3, 4],
                               norm_layer=torch.nn.BatchNorm2d, trainable_layers=5)


def peer(case, side, images, seconds):
    torch.manual_seed(0)
    size = {"min_size": side, "max_size": side}
    if case == "retinanet_mil":
        anchors = AnchorGenerator(tuple((4 * s, int(5.04 * s), int(6.35 * s)) for s in (8, 16, 32, 64)),
                                  ((0.5, 1.0, 2.0),) * 4)
        model = RetinaNet(backbone(), 2, anchor_generator=anchors, **size)
    else:
        anchors = AnchorGenerator(((32,), (64,), (128,), (256,)), ((0.5, 1.0, 2.0),) * 4)
        model = FasterRCNN(backbone(), 2, rpn_anchor_generator=anchors, box_batch_size_per_image=128,
                           **size)
    model.train()
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)
    batch, targets = [], []
    for _ in range(images):
        batch.append(torch.rand(3, side, side))
        corner = torch.rand(4, 2) * (side - 64)
        boxes = torch.cat([corner, corner + 16 + torch.rand(4, 1) * 48], 1)
        targets.append({"boxes": boxes, "labels": torch.ones(4, dtype=torch.int64)})

    def step():
        optimiser.zero_grad()
        sum(model(batch, targets).values()).backward()
        optimiser.step()

    for _ in range(WARM_UP):
        step()
    start, steps = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        step()
        steps += 1
    return steps * images / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--images", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    ours, theirs = {}, {}
    for _ in range(options.rounds):
        lines = subprocess.run([options.program, str(options.seconds), str(options.side),
                                str(options.images)], check=True, capture_output=True,
                               text=True).stdout.splitlines()
        for line in map(json.loads, lines):
            case = line["case"]
            ours.setdefault(case, []).append(line["images_per_second"])
            theirs.setdefault(case, []).append(
                peer(case, options.side, options.images, options.seconds))
    print(f"{'case':<16} {'ours img/s':>11} {'torchvision':>12} {'ratio':>6}")
    for case in ours:
        a, b = statistics.median(ours[case]), statistics.median(theirs[case])
        print(f"{case:<16} {a:>11.2f} {b:>12.2f} {a / b:>6.2f}")


if __name__ == "__main__":
    main()
