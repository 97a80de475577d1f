// libFuzzer target: a region and a mask as a card has them, of any numbers. What is read of the
// card is used on an image that fits: what is hidden is filled, shares lie within 0 … 1, boxes are
// cut.
#include <fuzzer/FuzzedDataProvider.h>

#include <cmath>

#include "edge/post/card.h"
#include "edge/pre/region.h"

using namespace paucal::edge;

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

int side(FuzzedDataProvider& bytes) {
  return bytes.ConsumeProbability<float>() < .9f ? bytes.ConsumeIntegralInRange(-2, 40)
                                                 : bytes.ConsumeIntegral<int>();
}

PreprocessOptions options_from(FuzzedDataProvider& bytes) {
  PreprocessOptions options;
  options.channels = bytes.ConsumeBool() ? 1 : 3;
  for (int i = bytes.ConsumeBool() ? 4 : bytes.ConsumeIntegralInRange(0, 5); i > 0; --i)
    options.roi.push_back(side(bytes));
  if (!bytes.ConsumeBool()) return options;
  IgnoreMask mask{side(bytes), side(bytes), {}};
  const int64_t pixels = int64_t{mask.width} * mask.height;
  int64_t end = 0;
  for (int i = bytes.ConsumeIntegralInRange(0, 40); i > 0; --i) {
    end += bytes.ConsumeBool() ? bytes.ConsumeIntegral<int8_t>()
                               : bytes.ConsumeIntegralInRange<int64_t>(0, pixels > 0 ? pixels : 0);
    mask.ends.push_back(end);
  }
  if (bytes.ConsumeBool()) mask.ends.push_back(pixels);
  options.ignored = std::make_shared<const IgnoreMask>(std::move(mask));
  return options;
}

// As a card with them reads; none where it is refused.
std::optional<PreprocessOptions> as_read(const PreprocessOptions& options) {
  ModelCard card;
  card.classes = {"OK", "NG"};
  card.class_is_ok = {true, false};
  card.input = options;
  const auto again = card_from_json(to_json(card));
  if (!again.ok()) return std::nullopt;
  require(again->input.roi == options.roi && !again->input.ignored == !options.ignored);
  if (options.ignored) require(again->input.ignored->ends == options.ignored->ends);
  return again->input;
}

void use(const PreprocessOptions& options, FuzzedDataProvider& bytes) {
  const auto [width, height] = passing_size(bytes.ConsumeIntegralInRange(1, 40),
                                            bytes.ConsumeIntegralInRange(1, 40), options);
  if (int64_t{width} * height > 1 << 14) return;
  require(!check_size(width, height, options));
  const Region region = region_of(width, height, options);
  require(region.width() > 0 && region.height() > 0);
  Image image(width, height, options.channels);
  for (uint8_t& sample : image.pixels) sample = 9;
  const Image part = looked_at(image, region);
  require(part.width == region.width() && part.height == region.height());
  for (const uint8_t sample : part.pixels) require(sample == 9);

  int64_t counted = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) counted += region.counts(x, y);
  require(counted > 0);
  const Geometry whole(width, height);
  const Map shares = counted_shares(region, whole, width, height);
  double sum = 0;
  for (const float share : shares.values) {
    require(share >= -1e-3f && share <= 1.001f);
    sum += share;
  }
  require(std::abs(sum - static_cast<double>(counted)) < 1 + 1e-3 * static_cast<double>(counted));

  Box box{bytes.ConsumeFloatingPoint<float>(), bytes.ConsumeFloatingPoint<float>(),
          bytes.ConsumeFloatingPoint<float>(), bytes.ConsumeFloatingPoint<float>()};
  if (bytes.ConsumeBool()) box = {0, 0, static_cast<float>(bytes.ConsumeIntegralInRange(0, 40)), 9};
  if (keep_counted(region, box) && !region.whole)
    require(box.x0 >= region.x0 && box.y0 >= region.y0 && box.x1 <= region.x1 &&
            box.y1 <= region.y1 && box.area() > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider bytes(data, size);
  if (const auto options = as_read(options_from(bytes))) use(*options, bytes);
  return 0;
}
