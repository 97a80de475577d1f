// Times a network on the edge runtime. Prints one JSON object; bench/edge_peers.py runs it in turn
// with ONNX Runtime and libtorch.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "edge/graph/op.h"
#include "edge/runtime/session.h"
#include "edge_nets.h"
#include "graph/onnx.h"
#include "graph/passes.h"
#include "graph/quantise.h"

namespace {

using namespace paucal;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string net = "resnet18";
  std::string onnx;
  int threads = 1, batch = 1, rounds = 20, width = 224, height = 224;
  bool int8 = false;
};

// Residuals as sums of their own, as other runtimes expect them between int8 layers.
edge::Graph with_sums(const edge::Graph& fused) {
  edge::Graph graph = fused;
  graph.nodes.clear();
  for (edge::Node node : fused.nodes) {
    const int residual = node.op->name == "conv2d" ? node.input(3) : edge::Node::kAbsent;
    if (residual == edge::Node::kAbsent) {
      graph.nodes.push_back(std::move(node));
      continue;
    }
    edge::Node sum;
    sum.op = edge::find_op("add");
    sum.name = node.name + "/sum";
    sum.outputs = node.outputs;
    if (node.has("clamp")) sum.attributes["clamp"] = node.attributes["clamp"];
    node.attributes.erase("clamp");
    node.inputs[3] = edge::Node::kAbsent;
    node.outputs = {graph.add_value(fused.value(sum.outputs[0]))};
    sum.inputs = {node.outputs[0], residual};
    graph.nodes.push_back(std::move(node));
    graph.nodes.push_back(std::move(sum));
  }
  return graph;
}

edge::Graph quantised(const edge::Graph& graph, const edge::Tensor& input) {
  const std::vector<edge::Tensor> sample{input};
  const auto ranges = value_or_throw(graph::observe(graph, std::span(&sample, 1)));
  return value_or_throw(graph::quantise(graph, ranges));
}

// A name of the table, or a model file.
edge::Graph graph_of(const std::string& net) {
  if (net == "resnet18") return bench::resnet18(1000);
  if (net == "mobilenet_v2") return bench::mobilenet_v2(1000);
  return value_or_throw(edge::read_model(value_or_throw(map_file(net)), net)).graph;
}

std::vector<float> random_image(size_t count, uint64_t index) {
  Random random(1, 2, index);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Json measure(const Options& o) {
  edge::Graph graph = graph_of(o.net);
  graph::PassOptions passes;
  if (o.int8) passes.skip = {"fuse_depthwise"};  // quantised are convolutions
  graph::run_passes(graph, passes);
  const edge::Value& value = graph.value(graph.inputs[0]);
  const edge::Shape shape{o.batch, value.shape[1], o.height, o.width};
  auto image = random_image(static_cast<size_t>(shape.elements()), 0);
  const edge::Tensor input{edge::Type::kF32, value.layout, shape, image.data()};
  if (!o.onnx.empty())
    write_file_atomic(o.onnx,
                      graph::write_onnx(o.int8 ? quantised(with_sums(graph), input) : graph));
  if (o.int8) graph = quantised(graph, input);

  const auto load = Clock::now();
  const auto model = value_or_throw(edge::Model::make({std::move(graph), Json::object()}));
  edge::Session session(model, {.threads = o.threads});
  value_or_throw(session.run(std::span(&input, 1)));
  const double load_and_first = seconds_since(load);

  std::vector<double> times;
  for (int i = 0; i < o.rounds; ++i) {
    const auto begin = Clock::now();
    value_or_throw(session.run(std::span(&input, 1)));
    times.push_back(seconds_since(begin) * 1e3);
  }
  std::ranges::sort(times);
  return {{"net", o.net},
          {"precision", o.int8 ? "int8" : "fp32"},
          {"threads", o.threads},
          {"batch", o.batch},
          {"channels", shape[1]},
          {"load_ms", load_and_first * 1e3},
          {"median_ms", times[times.size() / 2]},
          {"min_ms", times.front()}};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Times a network on the edge runtime");
  Options o;
  app.add_option("net", o.net, "resnet18, mobilenet_v2 or a model file");
  app.add_option("--threads", o.threads)->check(CLI::Range(1, 64));
  app.add_option("--batch", o.batch)->check(CLI::Range(1, 256));
  app.add_option("--rounds", o.rounds)->check(CLI::Range(1, 100'000));
  app.add_option("--width", o.width)->check(CLI::Range(1, 4096));
  app.add_option("--height", o.height)->check(CLI::Range(1, 4096));
  app.add_option("--onnx", o.onnx, "also write the network for the peers");
  app.add_flag("--int8", o.int8, "quantised by the range of the bench's own input");
  CLI11_PARSE(app, argc, argv);
  try {
    std::puts(measure(o).dump().c_str());
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
