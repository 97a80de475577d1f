#!/usr/bin/python3
"""Our FixMatch step beside TorchSSL's own, from images to averaged weights, in turns.

    bench/semi_torchssl.py build/release/bench_semi TORCHSSL [--rounds 3] [--steps 20] [--threads N]

TORCHSSL is a checkout of github.com/TorchSSL/TorchSSL; Debian's python3-torchvision,
python3-sklearn and python3-pandas (or nothing in its place) run it. Its training loop, network,
loss, EMA, augmentation and loaders are called as they are; what needs a GPU (`.cuda()`, events) is
made to do nothing. WRN-28-2, 32², 16 labelled and 7 · 16 unlabelled images in two views.
Each round is three processes: TorchSSL, ours with its semantics (joint), ours with the weak views
apart and without gradient (split). Memory is the peak of the process that trains.
"""
import argparse
import importlib.machinery
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import types

LABELLED, UNLABELLED, BATCH, MU, CLASSES, WARM_UP = 40, 2000, 16, 7, 10, 3


class Anything(types.ModuleType):
    """Stands for a module of plots and logs that the step does not use."""

    def __init__(self, name):
        super().__init__(name)
        self.__spec__ = importlib.machinery.ModuleSpec(name, None)
        self.__all__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return object


def torchssl_step(folder, steps, threads):
    import numpy as np
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    for name in ("pandas", "sklearn", "sklearn.metrics", "custom_writer", "torch.utils.tensorboard"):
        try:
            __import__(name)
        except ImportError:
            sys.modules[name] = Anything(name)
    sys.path.insert(0, folder)

    class Event:
        def __init__(self, **_):
            pass

        def record(self):
            pass

        def elapsed_time(self, _):
            return 0.0

    torch.Tensor.cuda = lambda self, *_, **__: self
    torch.cuda.Event = Event
    torch.cuda.synchronize = lambda: None

    from datasets.data_utils import get_data_loader
    from datasets.dataset import BasicDataset
    from datasets.ssl_dataset import get_transform, mean, std
    from models.fixmatch.fixmatch import FixMatch
    from models.nets.wrn import build_WideResNet
    from train_utils import get_cosine_schedule_with_warmup, get_optimizer

    random = np.random.default_rng(1)
    images = random.integers(0, 255, (LABELLED + UNLABELLED, 32, 32, 3), dtype=np.uint8)
    transform = get_transform(mean["cifar10"], std["cifar10"], 32, True)
    labels = np.arange(LABELLED) % CLASSES
    labelled = BasicDataset("fixmatch", images[:LABELLED], labels, CLASSES, transform)
    unlabelled = BasicDataset("fixmatch", images, None, CLASSES, transform, True)
    count = WARM_UP + steps + 1

    net = build_WideResNet(1, 28, 2, 0.001, 0.1, 0.0)
    method = FixMatch(net.build, CLASSES, 0.999, 0.5, 0.95, 1.0, True, num_eval_iter=10**9)
    optimiser = get_optimizer(method.model, "SGD", 0.03, 0.9, 0.0005)
    method.set_optimizer(optimiser, get_cosine_schedule_with_warmup(optimiser, count))
    starts = []
    forward = method.model.forward
    method.model.forward = lambda x: (starts.append(time.perf_counter()), forward(x))[1]
    method.set_dset(unlabelled)
    method.set_data_loader(
        {
            name: get_data_loader(
                dataset, batch, data_sampler="RandomSampler", num_iters=count, num_workers=workers
            )
            for name, dataset, batch, workers in (
                ("train_lb", labelled, BATCH, 1),
                ("train_ulb", unlabelled, BATCH * MU, 4),
            )
        }
    )
    method.evaluate = lambda args: {"eval/top-1-acc": 0.0}
    method.save_model = lambda *_: None
    method.it = 1  # no evaluation and no checkpoint at the first step
    arguments = argparse.Namespace(
        resume=False, amp=False, num_classes=CLASSES, num_train_iter=count + 1, gpu=None,
        hard_label=True, clip=0, save_dir="", save_name="", multiprocessing_distributed=True, rank=1,
    )
    real_count, torch.cuda.device_count = torch.cuda.device_count, lambda: 2
    method.train(arguments)
    torch.cuda.device_count = real_count

    seconds = (starts[-1] - starts[WARM_UP]) / (len(starts) - 1 - WARM_UP)
    total = BATCH * (1 + 2 * MU)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({
        "parameters": sum(p.numel() for p in method.model.parameters()), "images": total,
        "milliseconds": 1000 * seconds, "images_per_second": total / seconds, "peak_mib": peak,
    }))


def run(command):
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ours")
    parser.add_argument("torchssl")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--peer", action="store_true", help="one run of TorchSSL in this process")
    arguments = parser.parse_args()
    if arguments.peer:
        return torchssl_step(arguments.torchssl, arguments.steps, arguments.threads)

    steps, threads = str(arguments.steps), str(arguments.threads)
    columns = {"TorchSSL": [], "joint": [], "split": []}
    for _ in range(arguments.rounds):
        columns["TorchSSL"].append(run([
            sys.executable, __file__, arguments.ours, arguments.torchssl, "--peer",
            "--steps", steps, "--threads", threads,
        ]))
        for name in ("joint", "split"):
            with tempfile.TemporaryDirectory() as folder:
                columns[name].append(run([arguments.ours, folder, name, steps, threads]))

    def median(name, key):
        return statistics.median(result[key] for result in columns[name])

    print("| step | images/s | ratio | peak MiB | ratio |")
    print("|---|---|---|---|---|")
    for name in columns:
        rate, peak = median(name, "images_per_second"), median(name, "peak_mib")
        print(f"| {name} | {rate:.1f} | {rate / median('TorchSSL', 'images_per_second'):.2f} "
              f"| {peak:.0f} | {peak / median('TorchSSL', 'peak_mib'):.2f} |")


if __name__ == "__main__":
    main()
