#!/usr/bin/python3
"""Our training step beside the same step in PyTorch from Python, in turns, medians of wall time.

    bench/train_pytorch.py build/release/bench_train [--rounds 5] [--seconds 5] [--threads N]

Needs Debian's python3-torchvision. The peer is written as a user would write it, once with the
default layout and once with channels_last; its allocator is the default one. Each round runs ours,
then both peers; the ratios are those of the medians.
"""
import argparse
import copy
import json
import os
import statistics
import subprocess
import time

import torch
import torch.nn.functional as F
import torchvision
from torch import nn

CLASSES, BATCHES, WARM_UP = 10, 4, 2
LAYOUTS = {"NCHW": torch.contiguous_format, "channels_last": torch.channels_last}


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, activate_shortcut):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs, eps=1e-3, momentum=0.001)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.bn2 = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.001)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.activate_shortcut = activate_shortcut
        self.shortcut = None
        if inputs != outputs or stride != 1:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, x):
        active = F.leaky_relu(self.bn1(x), 0.1, inplace=True)
        y = self.conv2(F.leaky_relu(self.bn2(self.conv1(active)), 0.1, inplace=True))
        source = active if self.activate_shortcut else x
        return y + (self.shortcut(source) if self.shortcut else source)


class WideResNet(nn.Module):
    """WRN-28-2 as FixMatch has it."""

    def __init__(self):
        super().__init__()
        blocks, inputs = [], 16
        for stage, width in enumerate((32, 64, 128)):
            for i in range(4):
                stride = 2 if stage > 0 and i == 0 else 1
                blocks.append(Block(inputs, width, stride, stage == 0 and i == 0))
                inputs = width
        self.stem = nn.Conv2d(3, 16, 3, 1, 1)
        self.blocks = nn.Sequential(*blocks)
        self.bn = nn.BatchNorm2d(inputs, eps=1e-3, momentum=0.001)
        self.fc = nn.Linear(inputs, CLASSES)

    def forward(self, x):
        y = F.leaky_relu(self.bn(self.blocks(self.stem(x))), 0.1, inplace=True)
        return self.fc(F.adaptive_avg_pool2d(y, 1).flatten(1))


MODELS = {
    "wrn-28-2": WideResNet,
    "resnet18": lambda: torchvision.models.resnet18(num_classes=CLASSES),
}


class Training:
    def __init__(self, name, layout):
        self.layout = layout
        self.model = MODELS[name]().to(memory_format=layout)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.optimiser = torch.optim.SGD(
            self.model.parameters(), lr=0.03, momentum=0.9, nesterov=True, weight_decay=5e-4
        )
        self.weights = [list(m.parameters()) for m in (self.average, self.model)]
        self.buffers = list(zip(self.average.buffers(), self.model.buffers()))

    def step(self, images, labels):
        self.optimiser.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.model(images.contiguous(memory_format=self.layout)), labels)
        loss.backward()
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_mul_(self.weights[0], 0.999)
            torch._foreach_add_(self.weights[0], self.weights[1], alpha=0.001)
            for average, buffer in self.buffers:
                average.copy_(buffer)
        return loss.item()


def rate(name, layout, size, batch, parameters, seconds):
    training = Training(name, layout)
    count = sum(p.numel() for p in training.model.parameters())
    if count != parameters:
        raise SystemExit(f"{name}: {count} parameters here, {parameters} in ours: not the same model")
    batches = [
        (torch.rand(batch, 3, size, size) * 4 - 2, torch.randint(CLASSES, (batch,)))
        for _ in range(BATCHES)
    ]
    for i in range(WARM_UP):
        training.step(*batches[i])
    steps, start = 0, time.perf_counter()
    while True:
        training.step(*batches[steps % BATCHES])
        steps += 1
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return steps * batch / elapsed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ours")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)

    figures = {}  # (model, size, batch) → column → one figure a round
    for _ in range(arguments.rounds):
        lines = subprocess.run(
            [arguments.ours, str(arguments.seconds), str(arguments.threads)],
            check=True, stdout=subprocess.PIPE, text=True,
        ).stdout.splitlines()
        for line in map(json.loads, lines):
            key = (line["model"], line["size"], line["batch"])
            columns = figures.setdefault(key, {"ours": []})
            columns["ours"].append(line["images_per_second"])
            for layout, value in LAYOUTS.items():
                columns.setdefault(layout, []).append(
                    rate(key[0], value, *key[1:], line["parameters"], arguments.seconds)
                )

    print("| model | size | batch | ours, images/s | PyTorch | ratio | channels_last | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for (model, size, batch), columns in figures.items():
        a, b, c = (statistics.median(values) for values in columns.values())
        print(f"| {model} | {size}² | {batch} | {a:.1f} | {b:.1f} | {a / b:.2f} | {c:.1f} | {a / c:.2f} |")


if __name__ == "__main__":
    main()
