#!/usr/bin/env python3
"""Reads the events of a run with TensorBoard's and VisualDL's own readers, and prints what each found.

  python3 -m venv venv && venv/bin/pip install tensorboard visualdl
  paucal run recipes/inspection.yaml … train.events=both --out runs/x
  venv/bin/python bench/events.py runs/x/train/events
"""
import collections
import io
import json
import pathlib
import sys

from PIL import Image


def picture(png):
    image = Image.open(io.BytesIO(png))
    image.load()
    return list(image.size)


def tensorboard(folder):
    from tensorboard.backend.event_processing import event_accumulator
    from tensorboard.plugins.hparams import metadata
    from tensorboard.util import tensor_util

    events = event_accumulator.EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    kinds = collections.defaultdict(dict)
    for tag in events.Tags()["tensors"]:
        plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
        kinds[plugin][tag] = events.Tensors(tag)
    array = lambda event: tensor_util.make_ndarray(event.tensor_proto)
    found = {"tool": "tensorboard", "version": __import__("tensorboard.version").version.VERSION}
    found["scalars"] = {tag: [len(e), round(float(array(e[-1])), 4)] for tag, e in kinds["scalars"].items()}
    found["images"] = {tag: [len(e), picture(array(e[-1])[2])] for tag, e in kinds["images"].items()}
    found["histograms"] = {
        tag: [len(e), float(array(e[-1])[:, 2].sum())] for tag, e in kinds["histograms"].items()}
    found["pr_curves"] = {tag: [len(e), list(array(e[-1]).shape)] for tag, e in kinds["pr_curves"].items()}
    for tag in kinds["hparams"]:
        start = metadata.parse_session_start_info_plugin_data(
            events.SummaryMetadata(tag).plugin_data.content)
        found["hyper-parameters"] = {k: v.WhichOneof("kind") for k, v in start.hparams.items()}
    return found


def visualdl(folder):
    from visualdl import LogReader, __version__

    file = next(folder.glob("*vdlrecords*"))
    reader = LogReader(file_path=str(file))
    data = {kind: {tag: reader.get_data(kind, tag) for tag in tags} for kind, tags in reader.get_tags().items()}
    found = {"tool": "visualdl", "version": __version__}
    found["scalars"] = {t: [len(r), round(r[-1].value, 4)] for t, r in data.get("scalar", {}).items()}
    found["images"] = {
        t: [len(r), picture(r[-1].image.encoded_image_string)] for t, r in data.get("image", {}).items()}
    found["histograms"] = {
        t: [len(r), sum(r[-1].histogram.hist)] for t, r in data.get("histogram", {}).items()}
    found["pr_curves"] = {t: [len(r), len(r[-1].pr_curve.precision)] for t, r in data.get("pr_curve", {}).items()}
    for records in data.get("hyper_parameters", {}).values():
        found["hyper-parameters"] = {i.name: i.WhichOneof("type") for i in records[0].hparam.hparamInfos}
        found["compared by"] = [i.name for i in records[0].hparam.metricInfos]
    return found


def summary(found):
    counts = {kind: len(found.get(kind, {})) for kind in ("scalars", "images", "histograms", "pr_curves")}
    print(f"{found['tool']} {found['version']}: {counts}, {len(found.get('hyper-parameters', {}))} hyper-parameters")


folder = pathlib.Path(sys.argv[1])
both = [read(folder) for read, files in ((tensorboard, "*tfevents*"), (visualdl, "*vdlrecords*"))
        if any(folder.glob(files))]
for found in both:
    print(json.dumps(found))
for found in both:
    summary(found)
if len(both) == 2:
    for kind in ("scalars", "images", "histograms", "pr_curves"):
        a, b = (found[kind] for found in both)
        # VisualDL is told of no histogram without values.
        differ = [tag for tag in b if tag not in a or a[tag][0] != b[tag][0] and kind != "histograms"]
        differ += [tag for tag in a if tag not in b and kind != "histograms"]
        if kind == "scalars":
            differ += [tag for tag in b if tag in a and a[tag] != b[tag] and a[tag][1] == a[tag][1]]
        print(f"{kind}: {'the same in both' if not differ else 'differ: ' + ', '.join(differ)}")
        if differ:
            sys.exit(1)
