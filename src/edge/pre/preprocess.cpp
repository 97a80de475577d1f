#include "edge/pre/preprocess.h"

#include <cmath>

#include "base/error.h"
#include "edge/image/deep.h"
#include "edge/pre/channels.h"
#include "edge/pre/local_contrast.h"
#include "edge/pre/resize.h"

namespace paucal::edge {
namespace {

constexpr double kMinStd = 4;  // grey levels

int scaled(int size, double factor) {
  return std::max(1, static_cast<int>(std::lround(size * factor)));
}

struct Moments {
  double mean, std;  // white being 1
};

std::optional<Failure> check_roi(const std::vector<int>& roi) {
  if (roi.empty() || (roi.size() == 4 && roi[0] < roi[2] && roi[1] < roi[3])) return std::nullopt;
  std::string named;
  for (const int side : roi) named += fmt::format("{}{}", named.empty() ? "" : ",", side);
  return failure("preprocess", "input.roi = {}, expected x0,y0,x1,y1 with x0 < x1 and y0 < y1",
                 named);
}

// The multiple that is nearest to a side, at least one.
int stretched(int side, const PreprocessOptions& options) {
  if (options.pad != Pad::kStretch || options.fit != Fit::kNative) return side;
  const int multiple = std::max(1, options.multiple);
  return std::max(multiple, (side + multiple / 2) / multiple * multiple);
}

std::array<int, 2> unstretched_size(int width, int height, const PreprocessOptions& options) {
  if (options.fit == Fit::kSquash) return {options.width, options.height};
  if (options.tile > 0) return {scaled(width, options.scale), scaled(height, options.scale)};
  const double limit = options.fit == Fit::kNative ? options.scale : options.max_upscale;
  const double factor = std::min({static_cast<double>(options.width) / width,
                                  static_cast<double>(options.height) / height, limit});
  return {std::min(options.width, scaled(width, factor)),
          std::min(options.height, scaled(height, factor))};
}

std::array<int, 2> fitted_size(int width, int height, const PreprocessOptions& options) {
  const auto size = unstretched_size(width, height, options);
  return {stretched(size[0], options), stretched(size[1], options)};
}

std::optional<Failure> check_alignment(const PreprocessOptions& options) {
  if (!options.alignment) return std::nullopt;
  const Alignment& a = *options.alignment;
  constexpr size_t kPolar = size_t{Alignment::kRings} * Alignment::kAngles;
  const auto fits = [](int side) { return side >= 1 && side <= Alignment::kMostSide; };
  if (a.by == Align::kNone || !fits(a.width) || !fits(a.height))
    return failure("preprocess", "align: {} × {} pixels of a part, expected 1 to {} of each",
                   a.width, a.height, Alignment::kMostSide);
  if (a.by == Align::kTemplate && (a.polar.size() != kPolar || !(a.radius > 0)))
    return failure("preprocess", "align: a template of {} values, expected {} and a radius",
                   a.polar.size(), kPolar);
  if (options.ignored)
    return failure("preprocess", "align with a mask that lies still, expected one of them");
  return std::nullopt;
}

std::optional<Failure> check_tiles(const PreprocessOptions& options) {
  const int grid = std::max(1, options.multiple);
  if (options.fit != Fit::kNative)
    return failure("preprocess", "tiles with input.fit = {}, expected native",
                   kFitNames[static_cast<size_t>(options.fit)]);
  if (options.tile % grid != 0)
    return failure("preprocess", "tiles of {} px, expected a multiple of {}", options.tile, grid);
  if (options.tile_overlap > options.tile / 2)
    return failure("preprocess",
                   "tiles of {} px that overlap by {}, expected an overlap of at most {}",
                   options.tile, options.tile_overlap, options.tile / 2);
  return std::nullopt;
}

Moments moments_of(uint64_t sum, uint64_t squares, size_t samples, double white) {
  const double count = static_cast<double>(samples);
  const double mean = static_cast<double>(sum) / count;
  const double variance = std::max(0.0, static_cast<double>(squares) / count - mean * mean);
  return {mean / white, std::max(kMinStd, std::sqrt(variance)) / white};
}

// Exact sums, so the result does not depend on the order of summation.
Moments deep_moments_of(const Image& image) {
  uint64_t sum = 0, squares = 0;
  for (const uint64_t value : image.deep) {
    sum += value;
    squares += value * value;
  }
  return moments_of(sum, squares, image.deep.size(), kDeepWhite);
}

Moments moments_of(const Image& image) {
  if (image.is_deep()) return deep_moments_of(image);
  constexpr size_t kBlock = 1 << 15;  // 2^15 · 255² still fits 32 bits
  uint64_t sum = 0, squares = 0;
  for (size_t begin = 0; begin < image.pixels.size(); begin += kBlock) {
    const size_t end = std::min(begin + kBlock, image.pixels.size());
    uint32_t block_sum = 0, block_squares = 0;
    for (size_t i = begin; i < end; ++i) {
      const uint16_t value = image.pixels[i];
      block_sum += value;
      block_squares += static_cast<uint16_t>(value * value);
    }
    sum += block_sum;
    squares += block_squares;
  }
  return moments_of(sum, squares, image.pixels.size(), 255);
}

double channel_value(const std::vector<double>& values, int channel, double missing) {
  if (values.empty()) return missing;
  return values[std::min<size_t>(channel, values.size() - 1)];
}

Moments fixed_moments(const PreprocessOptions& options, int channel) {
  return {channel_value(options.mean, channel, 0),
          std::max(1e-3, channel_value(options.std, channel, 1))};
}

// What normalise_to() needs, and no more.
ImageMoments measure(const Image& image, const PreprocessOptions& options) {
  ImageMoments moments;
  if (options.normalise == Normalise::kImage) {
    const Moments found = moments_of(image);
    moments.mean = found.mean;
    moments.std = found.std;
  }
  if (!options.local_contrast.empty()) moments.grey_std = grey_deviation(image);
  return moments;
}

// 256 values fit the first cache, and a look-up needs no unpacking of interleaved bytes.
std::array<float, 256> table_of(const Moments& moments) {
  std::array<float, 256> table;
  for (int v = 0; v < 256; ++v)
    table[v] = static_cast<float>((v / 255.0 - moments.mean) / moments.std);
  return table;
}

// One channel of the image into the top left of one plane.
void fill_plane(const Image& image, int channel, const std::array<float, 256>& table,
                std::array<int, 2> canvas, float* plane) {
  const auto [width, height] = canvas;
  for (int y = 0; y < std::min(height, image.height); ++y) {
    const uint8_t* in = image.row(y) + channel;
    float* out = plane + static_cast<size_t>(y) * width;
    for (int x = 0; x < std::min(width, image.width); ++x) out[x] = table[in[x * image.channels]];
  }
}

// The same at full depth. In doubles: a faint picture is a small difference of large numbers.
void fill_deep_plane(const Image& image, int channel, const Moments& moments,
                     std::array<int, 2> canvas, float* plane) {
  const double gain = 1 / (kDeepWhite * moments.std), offset = moments.mean / moments.std;
  const auto step = static_cast<size_t>(image.channels);
  for (int y = 0; y < std::min(canvas[1], image.height); ++y) {
    const size_t row = static_cast<size_t>(y) * static_cast<size_t>(image.width) * step;
    const uint16_t* in = image.deep.data() + row + channel;
    float* out = plane + static_cast<size_t>(y) * static_cast<size_t>(canvas[0]);
    for (int x = 0; x < std::min(canvas[0], image.width); ++x, in += step)
      out[x] = static_cast<float>(*in * gain - offset);
  }
}

// What lies right of and below the image.
void pad_plane(const Image& image, bool pad_edge, std::array<int, 2> canvas, float* plane) {
  const auto [width, height] = canvas;
  const int valid_width = std::min(width, image.width);
  const int valid_height = std::min(height, image.height);
  for (int y = 0; y < valid_height; ++y) {
    float* out = plane + static_cast<size_t>(y) * width;
    std::fill(out + valid_width, out + width, pad_edge ? out[valid_width - 1] : 0.f);
  }
  const float* last = plane + static_cast<size_t>(valid_height - 1) * width;
  for (int y = valid_height; y < height; ++y) {
    float* out = plane + static_cast<size_t>(y) * width;
    if (pad_edge) {
      std::copy_n(last, width, out);
    } else {
      std::fill_n(out, width, 0.f);  // the mean, normalised
    }
  }
}

}  // namespace

std::optional<Failure> check(const PreprocessOptions& options) {
  const int channels = options.channels;
  if (channels != 1 && channels != 3)
    return failure("preprocess", "channels = {}, expected 1 or 3", channels);
  if (options.bits != 0 && options.bits < 8)
    return failure("preprocess", "bits = {}, expected 0 or 8 to 16", options.bits);
  if (auto wrong = check_roi(options.roi)) return wrong;
  if (auto wrong = check_ignored(options)) return wrong;
  if (auto wrong = check_alignment(options)) return wrong;
  if (options.tile > 0)
    if (auto wrong = check_tiles(options)) return wrong;
  if (options.normalise != Normalise::kFixed) return std::nullopt;
  const auto fits = [channels](size_t n) { return n == 1 || n == static_cast<size_t>(channels); };
  if (!fits(options.mean.size()) || !fits(options.std.size()))
    return failure("preprocess", "{} means and {} stds for {} channels, expected 1 or {} of each",
                   options.mean.size(), options.std.size(), channels, channels);
  return std::nullopt;
}

int network_channels(const PreprocessOptions& options) {
  return (options.channels == 1 ? 1 : 3) + static_cast<int>(options.local_contrast.size());
}

std::array<int, 2> fitted_size(const Image& image, const PreprocessOptions& options) {
  if (const Alignment* posed = options.alignment.get())
    return fitted_size(posed->width, posed->height, options);
  const Region region = region_of(image.width, image.height, options);
  return fitted_size(region.width(), region.height(), options);
}

std::array<int, 2> canvas_size(const Image& fitted, const PreprocessOptions& options) {
  return canvas_size(std::array{fitted.width, fitted.height}, options);
}

std::array<int, 2> canvas_size(std::array<int, 2> fitted, const PreprocessOptions& options) {
  if (options.fit != Fit::kNative) return {options.width, options.height};
  const int multiple = std::max(1, options.multiple);
  const auto up = [&](int size) {
    if (options.tile > 0) size = std::min(size, options.tile);
    return (size + multiple - 1) / multiple * multiple;
  };
  return {up(fitted[0]), up(fitted[1])};
}

Fitted fit_image(Image image, const PreprocessOptions& options) {
  const Geometry whole(image.width, image.height);
  if (image.empty() || check_size(image.width, image.height, options)) return {Image(), whole};
  const Region region = region_of(image.width, image.height, options);
  if (!region.whole) image = looked_at(image, region);
  image = options.depth == Depth::k16 ? deepened(std::move(image)) : flattened(std::move(image));
  Geometry geometry = whole.cropped(region.x0, region.y0, region.width(), region.height());
  if (options.alignment) image = aligned(image, *options.alignment, geometry);
  const auto [width, height] = fitted_size(image.width, image.height, options);
  geometry = geometry.resized(width, height);
  // Fewer channels first: the resize then has a third of the work.
  const int channels = options.channels == 1 ? 1 : 3;
  if (channels < image.channels) image = with_channels(std::move(image), channels);
  if (width != image.width || height != image.height) image = resize(image, width, height);
  Fitted fitted{with_channels(std::move(image), channels), geometry};
  if (options.tile > 0) fitted.of_whole = image_moments(fitted.image);
  return fitted;
}

Result<Fitted> checked_fit(Image image, const PreprocessOptions& options) {
  if (auto wrong = check_size(image.width, image.height, options)) return *wrong;
  return fit_image(std::move(image), options);
}

ImageMoments image_moments(const Image& image) {
  if (image.empty()) return {};
  const Moments moments = moments_of(image);
  return {moments.mean, moments.std, grey_deviation(image)};
}

void normalise_to(const Image& image, const PreprocessOptions& options, int canvas_width,
                  int canvas_height, float* chw, const std::optional<ImageMoments>& of_whole) {
  if (image.empty() || canvas_width < 1 || canvas_height < 1) return;
  const bool by_image = options.normalise == Normalise::kImage;
  const ImageMoments measured = of_whole ? *of_whole : measure(image, options);
  const size_t plane = static_cast<size_t>(canvas_width) * canvas_height;
  const std::array<int, 2> canvas = {canvas_width, canvas_height};
  for (int c = 0; c < image.channels; ++c) {
    const Moments moments =
        by_image ? Moments{measured.mean, measured.std} : fixed_moments(options, c);
    if (image.is_deep())
      fill_deep_plane(image, c, moments, canvas, chw + c * plane);
    else
      fill_plane(image, c, table_of(moments), canvas, chw + c * plane);
  }
  float* next = chw + image.channels * plane;
  for (const int radius : options.local_contrast) {
    local_contrast(image, radius, canvas_width, canvas_height, measured.grey_std, next);
    next += plane;
  }
  for (float* filled = chw; filled != next; filled += plane)
    pad_plane(image, options.pad != Pad::kMean, canvas, filled);
}

}  // namespace paucal::edge
