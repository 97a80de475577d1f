#!/usr/bin/python3
"""Our augmentation beside torchvision's on one core, in turns, medians of processor time.

    bench/augment_torchvision.py build/release/bench_augment [--rounds 7] [--seconds 0.5]

Needs Debian's python3-torchvision. Each round runs ours, then torchvision on PIL images of the
same sizes; the ratio is that of the medians.
"""
import argparse
import json
import random
import statistics
import subprocess
import time

import torch
from PIL import Image
from torchvision import transforms as T


class Cutout:
    """A square of one colour, pasted in PIL: faster than tensors and RandomErasing."""

    def __init__(self, share, colour, drawn):
        self.share, self.colour, self.drawn = share, colour, drawn

    def __call__(self, image):
        width, height = image.size
        side = int((random.uniform(0, self.share) if self.drawn else self.share) * width)
        x = int(max(0, random.uniform(0, width) - side / 2))
        y = int(max(0, random.uniform(0, height) - side / 2))
        if side > 0:
            image.paste(self.colour, (x, y, min(width, x + side), min(height, y + side)))
        return image


def peers(size):
    crop = [T.RandomHorizontalFlip(), T.RandomCrop(size, padding=4, padding_mode="reflect")]
    grey = Cutout(16 / size, (127, 127, 127), drawn=False)
    mean = Cutout(0.5, (125, 123, 114), drawn=True)
    original = T.Compose(crop + [T.RandAugment(2, 9), grey])
    return {
        "weak": T.Compose(crop),
        "original": original,
        "original, both ops always": original,
        "torchssl": T.Compose([T.RandAugment(3, 9), mean] + crop),
    }


def texture(size, seed):
    """Gradients with texture, like the images of bench/augment.cpp."""
    generator = torch.Generator().manual_seed(seed)
    y, x, c = torch.meshgrid(*[torch.arange(n) for n in (size, size, 3)], indexing="ij")
    slope = 40 + 140 * ((c + 1) * x + y) / (4 * size + 100)
    noise = 24 * torch.rand((size, size, 3), generator=generator)
    return Image.fromarray((slope + noise).to(torch.uint8).numpy())


def rate(transform, images, seconds):
    done, start = 0, time.process_time()
    while True:
        for image in images:
            transform(image)
        done += len(images)
        elapsed = time.process_time() - start
        if elapsed >= seconds:
            return done / elapsed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ours")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    random.seed(1)
    torch.manual_seed(1)

    images = {size: [texture(size, i) for i in range(64)] for size in (32, 224)}
    ours, theirs = {}, {}
    for _ in range(arguments.rounds):
        lines = subprocess.run(
            [arguments.ours, str(arguments.seconds)], check=True, capture_output=True, text=True
        ).stdout.splitlines()
        for line in map(json.loads, lines):
            key = (line["size"], line["case"])
            ours.setdefault(key, []).append(line["images_per_second"])
        for size in images:
            for case, transform in peers(size).items():
                value = rate(transform, images[size], arguments.seconds)
                theirs.setdefault((size, case), []).append(value)

    print("| size | view | ours, images/s | torchvision | ratio |")
    print("|---|---|---|---|---|")
    for key, values in ours.items():
        a, b = statistics.median(values), statistics.median(theirs[key])
        print(f"| {key[0]}² | {key[1]} | {a:,.0f} | {b:,.0f} | {a / b:.1f} |")


if __name__ == "__main__":
    main()
