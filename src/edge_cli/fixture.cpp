// edge_fixture FOLDER: writes model.paucal, the model of the edge's tests, and images for it:
// spot.png (NG), clean.jpg (OK), and broken.png, which is none. And to compare platforms
// network.paucal, convolutions with random weights, and noise.png.

#include <cmath>
#include <cstdio>

#include "base/error.h"
#include "base/random.h"
#include "edge/api/test_model.h"
#include "edge/pre/encode.h"

namespace {

using namespace paucal;
using namespace paucal::edge;

class Network {
 public:
  ModelFile make() {
    int x = graph_.add_input("image", Type::kF32, {Shape::kFree, 3, Shape::kFree, Shape::kFree});
    x = channels_last(graph_.add_node("to_channels_last", "input", {x}));
    x = silu(conv(x, "stem", {.in = 3, .out = 32, .kernel = 3, .stride = 2}));
    const int skip = x;
    x = silu(conv(x, "winograd", {.in = 32, .out = 32, .kernel = 3}));
    x = silu(conv(x, "depthwise", {.in = 32, .out = 32, .kernel = 5, .groups = 32}));
    x = channels_last(graph_.add_node("add", "skip", {x, skip}));
    x = channels_last(
        graph_.add_node("max_pool2d", "pool", {x},
                        {{"kernel", {3, 3}}, {"stride", {2, 2}}, {"padding", {1, 1, 1, 1}}}));
    x = conv(x, "map", {.in = 32, .out = 1});
    graph_.outputs = {graph_.add_node("to_rows", "output", {x})};
    ModelCard card;
    card.classes = {"OK", "noise"};
    card.class_is_ok = {true, false};
    card.flips = true;
    return {std::move(graph_), to_json(card)};
  }

 private:
  struct Conv {
    int64_t in, out, kernel = 1, stride = 1, groups = 1;
  };

  int channels_last(int value) {
    graph_.value(value).layout = Layout::kChannelsLast;
    return value;
  }

  int constant(const std::string& name, const Shape& shape, double range) {
    std::vector<float> values(static_cast<size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(random_.uniform(-range, range));
    return graph_.add_constant(name, Type::kF32, shape, std::as_bytes(std::span(values)));
  }

  int conv(int x, const std::string& name, const Conv& c) {
    const int64_t in = c.in / c.groups;
    const double stride = static_cast<double>(c.stride), pad = static_cast<double>(c.kernel / 2);
    const int weight = constant(name + ".weight", {c.out, in, c.kernel, c.kernel},
                                2 / std::sqrt(static_cast<double>(in * c.kernel * c.kernel)));
    return channels_last(graph_.add_node("conv2d", name,
                                         {x, weight, constant(name + ".bias", {c.out}, 0.1)},
                                         {{"stride", {stride, stride}},
                                          {"padding", {pad, pad, pad, pad}},
                                          {"dilation", {1, 1}},
                                          {"groups", {static_cast<double>(c.groups)}}}));
  }

  int silu(int x) { return channels_last(graph_.add_node("silu", "silu", {x})); }

  Random random_{1};
  Graph graph_;
};

Image noise() {
  Image image(150, 110, 3);
  Random random(2);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) image.at(x, y, c) = static_cast<uint8_t>(random.below(256));
  return image;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("edge_fixture FOLDER\n", stderr), 2;
  const std::filesystem::path folder = argv[1];
  write_file_atomic(folder / "images/clean.jpg", value_or_throw(encode_jpeg(Image(32, 24, 1))));
  write_file_atomic(folder / "images/spot.png", value_or_throw(encode_png(bright_spot_image())));
  write_file_atomic(folder / "images/broken.png", Bytes{0x89, 'P', 'N', 'G'});
  write_file_atomic(folder / "model.paucal", write_model(bright_spot_model()));
  write_file_atomic(folder / "noise.png", value_or_throw(encode_png(noise())));
  write_file_atomic(folder / "network.paucal", write_model(Network().make()));
}
