// Images a second of the augmentation policies, on one core: of its own time, so that other work on
// the machine disturbs it little. One JSON object a line:
//   bench_augment [seconds a case] [ops]
// With "ops", each RandAugment operation by itself instead of the policies.
// bench/augment_torchvision.py runs this in turn with torchvision.

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <functional>
#include <string_view>

#include "data/augment/geometric.h"
#include "data/augment/policy.h"
#include "data/augment/randaugment.h"

namespace {

using namespace paucal;

constexpr int kImages = 64;

// Gradients with texture: values of all sizes, and neighbours that are alike.
std::vector<edge::Image> make_images(int size) {
  std::vector<edge::Image> images;
  for (int i = 0; i < kImages; ++i) {
    Random random(1, 0, i);
    edge::Image image(size, size, 3);
    const double phase = random.uniform(0, 100);
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size; ++x)
        for (int c = 0; c < 3; ++c) {
          const double slope = 40 + 140.0 * ((c + 1) * x + y + phase) / (4 * size + 100);
          image.at(x, y, c) = static_cast<uint8_t>(slope + 24 * random.uniform());
        }
    images.push_back(std::move(image));
  }
  return images;
}

using Step = std::function<void(const edge::Image&, Random&, edge::Image&)>;

void measure(std::string_view name, int size, double seconds, const Step& step) {
  const std::vector<edge::Image> images = make_images(size);
  edge::Image out;
  int64_t done = 0;
  const auto run = [&](double limit) {
    const std::clock_t start = std::clock();  // processor time
    double elapsed = 0;
    done = 0;
    while (elapsed < limit) {
      for (const edge::Image& image : images) {
        Random random(7, 1, done++);
        step(image, random, out);
      }
      elapsed = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    }
    return done / elapsed;
  };
  run(0.1 * seconds);
  fmt::print("{{\"case\": \"{}\", \"size\": {}, \"images_per_second\": {:.0f}}}\n", name, size,
             run(seconds));
}

data::StrongOptions strong(const char* preset, double probability) {
  data::StrongOptions options;
  options.preset = preset;
  options.probability = probability;
  return options;
}

void measure_policies(int size, double seconds) {
  data::Scratch scratch;
  const auto view = [&](const data::StrongOptions& options) {
    return [&scratch, options](const edge::Image& in, Random& random, edge::Image& out) {
      data::strong_view(in, options, random, scratch, out);
    };
  };
  measure("weak", size, seconds, [](const edge::Image& in, Random& random, edge::Image& out) {
    data::weak_view(in, {}, random, out);
  });
  measure("original", size, seconds, view(strong("original", 0)));
  // Both operations always: the work that torchvision's RandAugment does.
  measure("original, both ops always", size, seconds, view(strong("original", 1)));
  measure("torchssl", size, seconds, view(strong("torchssl", 0)));
}

void measure_ops(int size, double seconds) {
  data::Scratch scratch;
  for (int i = 0; i < data::kOpCount; ++i) {
    const auto op = static_cast<data::Op>(i);
    measure(data::op_name(op), size, seconds,
            [&](const edge::Image& in, Random& random, edge::Image& out) {
              data::Canvas canvas(in, out, scratch.image);
              const double value =
                  data::draw_value(op, data::Strengths::kTorchssl, size, size, random);
              data::apply_op(op, value, canvas, scratch);
              canvas.finish();
            });
  }
  measure("mirror", size, seconds,
          [](const edge::Image& in, Random&, edge::Image& out) { data::flip_x(in, out); });
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 0.5;
  const bool ops = argc > 2 && std::string_view(argv[2]) == "ops";
  for (const int size : {32, 224}) {
    if (ops)
      measure_ops(size, seconds);
    else
      measure_policies(size, seconds);
  }
}
