#!/usr/bin/python3
"""The edge runtime beside ONNX Runtime and libtorch, in turns, on the same networks.

    ONNXRUNTIME_NODE_PATH=…/node_modules/onnxruntime-node \\
      bench/edge_peers.py build/release/bench_edge [--rounds 5] [--nets resnet18,mobilenet_v2] \\
        [--threads 1,2] [--batches 1,8] [--model model.paucal --size 256x256] [--busy]

Each round runs every runtime once, one process after the other; of each process the median and the
least time of its runs count. Printed are the median over the rounds of the medians, the least of
all, and ratios to ONNX Runtime of both. --busy: a neighbour process keeps one core busy. libtorch
(frozen and optimised for inference, which uses oneDNN) needs Debian's python3-torchvision.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

TORCH = r"""
import json, sys, time, torch, torchvision
name, threads, batch, rounds = sys.argv[1], *map(int, sys.argv[2:5])
torch.set_num_threads(threads)
x = torch.randn(batch, 3, 224, 224)
net = getattr(torchvision.models, name)().eval()
with torch.no_grad():
    net = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
    for _ in range(3): net(x)
    times = []
    for _ in range(rounds):
        begin = time.perf_counter(); net(x); times.append((time.perf_counter() - begin) * 1e3)
times.sort()
print(json.dumps({"median_ms": times[len(times) // 2], "min_ms": times[0]}))
"""


def last_json(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed: {done.stderr.strip()[-400:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", help="bench_edge")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--nets", default="resnet18,mobilenet_v2")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--model", help="a model file as well, at --size")
    parser.add_argument("--size", default="256x256")
    parser.add_argument("--precisions", default="fp32,int8")
    parser.add_argument("--busy", action="store_true")
    given = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if given.busy else None
    cases = [(net, 224, 224) for net in given.nets.split(",") if net]
    if given.model:
        width, height = map(int, given.size.split("x"))
        cases.append((given.model, width, height))

    def runtimes(case, precision, threads, batch, folder):
        net, width, height = case
        runs = 40 // batch if batch < 8 else 8
        onnx = os.path.join(folder, os.path.basename(net) + "." + precision + ".onnx")
        ours = [given.bench, net, "--threads", threads, "--batch", str(batch),
                "--width", str(width), "--height", str(height)]
        if precision == "int8":
            ours.append("--int8")
        channels = last_json(ours + ["--rounds", "1", "--onnx", onnx])["channels"]
        node = ["node", os.path.join(here, "onnxruntime.mjs"), onnx, "--shape",
                f"{batch},{channels},{height},{width}", "--threads", threads, "--rounds", str(runs)]
        yield "paucal", ours + ["--rounds", str(runs)]
        yield "onnxruntime", node
        if precision == "fp32" and not net.endswith(".paucal"):
            yield "libtorch", ["/usr/bin/python3", "-c", TORCH, net, threads, str(batch), str(runs)]

    try:
        with tempfile.TemporaryDirectory() as folder:
            print(f"{'network':<16}{'':<6}{'threads':>8}{'batch':>6}  {'runtime':<12}{'median ms':>10}{'best ms':>9}"
                  f"{'ratio':>7}{'best':>7}   (to ONNX Runtime)")
            for case in cases:
                for precision in given.precisions.split(","):
                    for threads in given.threads.split(","):
                        for batch in map(int, given.batches.split(",")):
                            commands = dict(runtimes(case, precision, threads, batch, folder))
                            results = {name: [] for name in commands}
                            for _ in range(given.rounds):
                                for name, command in commands.items():
                                    results[name].append(last_json(command))
                            median = {n: statistics.median(r["median_ms"] for r in rs) for n, rs in results.items()}
                            best = {n: min(r["min_ms"] for r in rs) for n, rs in results.items()}
                            for name in commands:
                                print(f"{os.path.basename(case[0]):<16}{precision:<6}{threads:>8}{batch:>6}  {name:<12}"
                                      f"{median[name]:>10.2f}{best[name]:>9.2f}"
                                      f"{median[name] / median['onnxruntime']:>7.2f}{best[name] / best['onnxruntime']:>7.2f}",
                                      flush=True)
    finally:
        if neighbour:
            neighbour.kill()


if __name__ == "__main__":
    main()
