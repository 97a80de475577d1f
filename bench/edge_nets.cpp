#include "edge_nets.h"

#include <cmath>
#include <string>

#include "base/random.h"

namespace paucal::bench {
namespace {

using edge::Graph;
using edge::Layout;
using edge::Node;
using edge::Shape;
using edge::Type;

constexpr double kNone = 3.4e38;  // no upper bound

struct Conv {
  int64_t in, out;
  int kernel = 1, stride = 1, groups = 1;
  double low = -kNone, high = kNone;  // clamp
  // Of the weights: √2 where a relu halves the variance, less on a branch that is added.
  double gain = 1;
  int residual = Node::kAbsent;
};

class Builder {
 public:
  explicit Builder(uint64_t seed) : random_(seed) {
    const int image =
        graph_.add_input("image", Type::kF32, {Shape::kFree, 3, Shape::kFree, Shape::kFree});
    x_ = channels_last(graph_.add_node("to_channels_last", "image/channels_last", {image}));
  }

  int x() const { return x_; }
  void set_x(int x) { x_ = x; }

  int conv(const std::string& name, const Conv& c) {
    const int64_t fan_in = c.in / c.groups * c.kernel * c.kernel;
    const int weight = constant(name + ".weight", {c.out, c.in / c.groups, c.kernel, c.kernel},
                                c.gain / std::sqrt(static_cast<double>(fan_in)));
    const int bias = constant(name + ".bias", {c.out}, .05);
    const auto two = [](double a) { return edge::Attribute{a, a}; };
    const double pad = (c.kernel - 1) / 2;
    std::vector<int> inputs{x_, weight, bias};
    if (c.residual != Node::kAbsent) inputs.push_back(c.residual);
    x_ = channels_last(graph_.add_node("conv2d", name, inputs,
                                       {{"stride", two(c.stride)},
                                        {"padding", {pad, pad, pad, pad}},
                                        {"dilation", two(1)},
                                        {"groups", {static_cast<double>(c.groups)}},
                                        {"clamp", {c.low, c.high}}}));
    return x_;
  }

  void max_pool() {
    x_ = channels_last(
        graph_.add_node("max_pool2d", "maxpool", {x_},
                        {{"kernel", {3, 3}}, {"stride", {2, 2}}, {"padding", {1, 1, 1, 1}}}));
  }

  Graph head(int64_t channels, int classes) {
    x_ = channels_last(graph_.add_node("global_avg_pool", "avgpool", {x_}));
    x_ = graph_.add_node("to_rows", "avgpool/rows", {x_});
    x_ = graph_.add_node("reshape", "flatten", {x_}, {{"shape", {0, -1}}});
    const int weight = constant("fc.weight", {classes, channels}, 1 / std::sqrt(double(channels)));
    x_ = graph_.add_node("linear", "logits", {x_, weight, constant("fc.bias", {classes}, .05)});
    graph_.outputs = {x_};
    return std::move(graph_);
  }

 private:
  int channels_last(int id) {
    graph_.value(id).layout = Layout::kChannelsLast;
    return id;
  }

  int constant(std::string name, const Shape& shape, double deviation) {
    std::vector<float> values(static_cast<size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(deviation * random_.normal());
    return graph_.add_constant(std::move(name), Type::kF32, shape,
                               std::as_bytes(std::span(values)));
  }

  Random random_;
  Graph graph_;
  int x_ = -1;
};

const double kHe = std::sqrt(2.);

}  // namespace

Graph resnet18(int classes, uint64_t seed) {
  Builder b(seed);
  b.conv("conv1", {.in = 3, .out = 64, .kernel = 7, .stride = 2, .low = 0, .gain = kHe});
  b.max_pool();
  int64_t in = 64;
  for (int layer = 1; layer <= 4; ++layer)
    for (int block = 0; block < 2; ++block) {
      const std::string name = "layer" + std::to_string(layer) + "." + std::to_string(block);
      const int64_t out = int64_t{32} << layer;
      const int stride = block == 0 && layer > 1 ? 2 : 1;
      const int input = b.x();
      int skip = input;
      if (in != out)
        skip = b.conv(name + ".downsample.0", {.in = in, .out = out, .stride = stride});
      b.set_x(input);
      b.conv(name + ".conv1",
             {.in = in, .out = out, .kernel = 3, .stride = stride, .low = 0, .gain = kHe});
      b.conv(name + ".conv2",
             {.in = out, .out = out, .kernel = 3, .low = 0, .gain = .5, .residual = skip});
      in = out;
    }
  return b.head(in, classes);
}

Graph mobilenet_v2(int classes, uint64_t seed) {
  struct Stage {
    int expand;
    int64_t out;
    int blocks, stride;
  };
  constexpr Stage kStages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                               {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  constexpr double kSix = 6;  // relu6
  Builder b(seed);
  b.conv("features.0.0",
         {.in = 3, .out = 32, .kernel = 3, .stride = 2, .low = 0, .high = kSix, .gain = kHe});
  int64_t in = 32;
  int index = 1;
  for (const Stage& stage : kStages)
    for (int block = 0; block < stage.blocks; ++block, ++index) {
      const std::string name = "features." + std::to_string(index) + ".conv.";
      const int stride = block == 0 ? stage.stride : 1;
      const int input = b.x();
      const int64_t wide = in * stage.expand;
      int part = 0;
      if (stage.expand != 1)
        b.conv(name + std::to_string(part++) + ".0",
               {.in = in, .out = wide, .low = 0, .high = kSix, .gain = kHe});
      b.conv(name + std::to_string(part++) + ".0", {.in = wide,
                                                    .out = wide,
                                                    .kernel = 3,
                                                    .stride = stride,
                                                    .groups = static_cast<int>(wide),
                                                    .low = 0,
                                                    .high = kSix,
                                                    .gain = kHe});
      const bool residual = stride == 1 && in == stage.out;
      b.conv(name + std::to_string(part), {.in = wide,
                                           .out = stage.out,
                                           .gain = residual ? .5 : 1,
                                           .residual = residual ? input : Node::kAbsent});
      in = stage.out;
    }
  b.conv("features.18.0", {.in = in, .out = 1280, .low = 0, .high = kSix, .gain = kHe});
  return b.head(1280, classes);
}

}  // namespace paucal::bench
