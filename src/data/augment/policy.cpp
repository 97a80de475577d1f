#include "data/augment/policy.h"

#include "data/augment/canvas.h"
#include "data/augment/cutout.h"
#include "data/augment/geometric.h"
#include "data/augment/randaugment.h"

namespace paucal::data {
namespace {

constexpr std::array<uint8_t, 3> kMiddleGrey{127, 127, 127};
constexpr std::array<uint8_t, 3> kMeanColour{125, 123, 114};  // CIFAR-10's mean, as TorchSSL

void random_crop(const edge::Image& in, bool flip, int pad, Random& random, edge::Image& out) {
  const bool mirrored = random.chance(0.5);
  const int left = static_cast<int>(random.between(-pad, pad));
  const int top = static_cast<int>(random.between(-pad, pad));
  mirror_crop(in, left, top, flip && mirrored, out);
}

}  // namespace

void weak_view(const edge::Image& in, const WeakOptions& options, Random& random,
               edge::Image& out) {
  check_image("weak_view", in);
  random_crop(in, options.flip, options.pad, random, out);
}

void strong_view(const edge::Image& in, const StrongOptions& options, Random& random,
                 Scratch& scratch, edge::Image& out) {
  check_image("strong_view", in);
  const bool original = options.preset == "original";
  if (!original && options.preset != "torchssl")
    fail_unknown("strong_view", "preset", options.preset, {"original", "torchssl"});

  RandAugment augment{.ops = 3, .probability = 1, .strengths = Strengths::kTorchssl};
  if (original) augment = {.ops = 2, .probability = 0.5, .strengths = Strengths::kOriginal};
  if (options.ops > 0) augment.ops = options.ops;
  if (options.probability > 0) augment.probability = options.probability;

  Canvas canvas(in, out, scratch.image);
  const auto crop = [&](const edge::Image& from, edge::Image& to) {
    random_crop(from, options.flip, options.pad, random, to);
  };
  if (original) {
    canvas.move(crop);
    rand_augment(augment, random, canvas, scratch);
    canvas.edit([&](edge::Image& image) { cutout(image, options.cutout, kMiddleGrey, random); });
  } else {
    rand_augment(augment, random, canvas, scratch);
    const int side = static_cast<int>(random.uniform(0, 0.5) * in.width);
    canvas.edit([&](edge::Image& image) { cutout(image, side, kMeanColour, random); });
    canvas.move(crop);
  }
  canvas.finish();
}

edge::Image weak_view(const edge::Image& in, const WeakOptions& options, Random& random) {
  edge::Image out;
  weak_view(in, options, random, out);
  return out;
}

edge::Image strong_view(const edge::Image& in, const StrongOptions& options, Random& random) {
  edge::Image out;
  Scratch scratch;
  strong_view(in, options, random, scratch, out);
  return out;
}

}  // namespace paucal::data
