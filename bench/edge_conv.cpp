// The convolutions of ResNet-18 and MobileNetV2 at 224², batch 1, on the edge runtime: one JSON
// object a layer with its best time of many rounds, then one a network. A round runs every layer
// once, in order, so that weights come from where they would come from in the network.
//
//   bench_edge_conv [threads] [rounds]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "edge/runtime/session.h"

using namespace paucal::edge;

namespace {

struct Layer {
  int64_t in, out, kernel, stride, size, groups = 1;
};

std::vector<Layer> resnet18() {
  std::vector<Layer> layers = {{3, 64, 7, 2, 224}};
  int64_t channels = 64, size = 56;
  for (const int64_t width : {64, 128, 256, 512}) {
    for (int block = 0; block < 2; ++block) {
      const int64_t stride = width != channels ? 2 : 1;
      layers.push_back({channels, width, 3, stride, size});
      if (stride == 2) layers.push_back({channels, width, 1, 2, size});
      size /= stride, channels = width;
      layers.push_back({width, width, 3, 1, size});
    }
  }
  return layers;
}

std::vector<Layer> mobilenet_v2() {
  struct Stage {
    int64_t expand, width, blocks, stride;
  };
  std::vector<Layer> layers = {{3, 32, 3, 2, 224}};
  int64_t channels = 32, size = 112;
  for (const Stage& stage : {Stage{1, 16, 1, 1},
                             {6, 24, 2, 2},
                             {6, 32, 3, 2},
                             {6, 64, 4, 2},
                             {6, 96, 3, 1},
                             {6, 160, 3, 2},
                             {6, 320, 1, 1}})
    for (int64_t block = 0; block < stage.blocks; ++block) {
      const int64_t stride = block == 0 ? stage.stride : 1, hidden = channels * stage.expand;
      if (stage.expand > 1) layers.push_back({channels, hidden, 1, 1, size});
      layers.push_back({hidden, hidden, 3, stride, size, hidden});
      size /= stride, channels = stage.width;
      layers.push_back({hidden, channels, 1, 1, size});
    }
  layers.push_back({channels, 1280, 1, 1, size});
  return layers;
}

std::vector<float> numbers(int64_t count, double scale) {
  paucal::Random random(1);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(random.uniform(-scale, scale));
  return values;
}

// One layer as a model of its own.
struct Bench {
  Layer layer;
  std::vector<float> x;
  std::unique_ptr<Session> session;
  double best = 1e9;

  Bench(const Layer& l, int threads) : layer(l), x(numbers(l.in * l.size * l.size, 1)) {
    Graph graph;
    const int in = graph.add_input("x", Type::kF32, {1, l.in, l.size, l.size});
    const Shape shape{l.out, l.in / l.groups, l.kernel, l.kernel};
    const auto weight = numbers(shape.elements(), .1), bias = numbers(l.out, .1);
    const double pad = static_cast<double>(l.kernel / 2), stride = static_cast<double>(l.stride);
    const int w = graph.add_constant("w", Type::kF32, shape, std::as_bytes(std::span(weight)));
    const int b = graph.add_constant("b", Type::kF32, {l.out}, std::as_bytes(std::span(bias)));
    const int out = graph.add_node("conv2d", "conv", {in, w, b},
                                   {{"stride", {stride, stride}},
                                    {"padding", {pad, pad, pad, pad}},
                                    {"groups", {static_cast<double>(l.groups)}},
                                    {"clamp", {0, 6}}});
    graph.value(in).layout = graph.value(out).layout = Layout::kChannelsLast;
    graph.outputs = {out};
    auto model = Model::make({std::move(graph), paucal::Json::object()});
    if (!model.ok()) {
      std::fprintf(stderr, "%s\n", model.failure().message.c_str());
      std::exit(1);
    }
    session = std::make_unique<Session>(*model, SessionOptions{.threads = threads});
  }

  double run() {
    const Tensor in{
        Type::kF32, Layout::kChannelsLast, {1, layer.in, layer.size, layer.size}, x.data()};
    const auto begin = std::chrono::steady_clock::now();
    if (!session->run(std::span(&in, 1)).ok()) std::exit(1);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count());
    return took.count();
  }
};

void run(const char* name, const std::vector<Layer>& layers, int threads, int rounds) {
  std::vector<Bench> benches;
  for (const Layer& layer : layers) benches.emplace_back(layer, threads);
  double best = 1e9, sum = 0, total = 0;
  for (int round = 0; round < rounds; ++round) {
    double seconds = 0;
    for (Bench& bench : benches) seconds += bench.run();
    best = std::min(best, seconds);
  }
  for (const Bench& bench : benches) {
    const Layer& l = bench.layer;
    const int64_t side = l.size / l.stride;
    const double flops =
        2. * static_cast<double>(side * side * l.out * l.in / l.groups * l.kernel * l.kernel);
    std::printf(
        "{\"network\": \"%s\", \"layer\": \"%ldx%ld/%ld %ld to %ld at %ld%s\", \"path\": \"%s\", "
        "\"ms\": %.3f, \"gflops\": %.1f}\n",
        name, l.kernel, l.kernel, l.stride, l.in, l.out, l.size, l.groups > 1 ? " depthwise" : "",
        std::string(bench.session->model().kernel(0).path()).c_str(), bench.best * 1e3,
        flops / bench.best / 1e9);
    sum += bench.best, total += flops;
  }
  std::printf(
      "{\"network\": \"%s\", \"threads\": %d, \"best_round_ms\": %.2f, \"sum_of_best_ms\": %.2f, "
      "\"gflops\": %.1f}\n",
      name, threads, best * 1e3, sum * 1e3, total / best / 1e9);
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 50;
  run("resnet18", resnet18(), threads, rounds);
  run("mobilenet_v2", mobilenet_v2(), threads, rounds);
}
