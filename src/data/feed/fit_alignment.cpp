#include "data/feed/fit_alignment.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/evenly.h"
#include "base/host/log.h"
#include "edge/pre/decode.h"

namespace paucal::data {
namespace {

constexpr size_t kMostImages = 32;
constexpr double kCovered = .9;   // of the parts fit in without the margin
constexpr double kMargin = 1.15;  // what stands out of a part is a defect, too
constexpr int kLeastSide = 16;

using edge::Alignment;
using edge::Part;

std::vector<edge::Image> ok_images(const Dataset& dataset, int64_t max_pixels,
                                   const edge::PreprocessOptions& options) {
  std::vector<int> records;
  for (const int record : dataset.indices(Split::kTrain))
    if (dataset.is_ok(dataset.records[static_cast<size_t>(record)])) records.push_back(record);
  std::vector<edge::Image> images;
  for (const int number : evenly(records, kMostImages)) {
    const Record& record = dataset.at(number);
    auto image = edge::read_image(dataset.file(record),
                                  {options.channels, max_pixels, options.bits,
                                   options.depth == edge::Depth::k16 ? 16 : 8, record.page});
    if (!image.ok() || check_size(image->width, image->height, options)) continue;
    images.push_back(looked_at(*image, region_of(image->width, image->height, options)));
  }
  return images;
}

double covered(std::vector<double> values) {
  std::ranges::sort(values);
  return values[static_cast<size_t>(kCovered * static_cast<double>(values.size() - 1) + .5)];
}

std::vector<int8_t> quantised(const std::vector<float>& picture) {
  float most = 0;
  for (const float value : picture) most = std::max(most, std::abs(value));
  std::vector<int8_t> values;
  for (const float value : picture)
    values.push_back(static_cast<int8_t>(std::lround(most > 0 ? value / most * 127 : 0)));
  return values;
}

// Of all parts the one that the others fit best, turned to it.
std::vector<int8_t> template_of(const std::vector<Part>& parts, double radius) {
  std::vector<std::vector<float>> pictures;
  for (const Part& part : parts) {
    pictures.push_back(polar_picture(part, radius, part.angle));
    auto& values = pictures.back();
    const double length =
        std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
    if (length > 0)
      for (float& value : values) value /= static_cast<float>(length);
  }
  std::vector<int8_t> best;
  double most = -1;
  for (const auto& one : pictures) {
    const std::vector<int8_t> polar = quantised(one);
    const double length =
        std::sqrt(std::inner_product(polar.begin(), polar.end(), polar.begin(), 0.0));
    double sum = 0, fit = 0;
    for (const auto& other : pictures) {
      edge::turn_against(polar, other, &fit);
      sum += length > 0 ? fit / length : 0;
    }
    if (sum > most) most = sum, best = polar;
  }
  return best;
}

int side_for(double half) {
  return std::clamp(static_cast<int>(std::ceil(2 * half * kMargin)), kLeastSide,
                    Alignment::kMostSide);
}

}  // namespace

edge::Alignment alignment_of(const std::vector<edge::Image>& images, edge::Align by) {
  Alignment alignment{.by = by};
  const auto bright = std::ranges::count_if(images, edge::stands_out_bright);
  alignment.bright = 2 * bright > std::ssize(images);
  std::vector<Part> parts;
  std::vector<double> reach;
  for (const auto& image : images) {
    auto part = find_part(image, alignment.bright);
    if (!part) continue;
    double farthest = 0;
    part->each(
        [&](double dx, double dy, double) { farthest = std::max(farthest, std::hypot(dx, dy)); });
    reach.push_back(farthest);
    parts.push_back(std::move(*part));
  }
  if (2 * std::ssize(parts) <= std::ssize(images))
    fail("align",
         "view.align={}: {} of {} OK images show a part that stands out against its ground, "
         "expected most of them",
         edge::kAlignNames[static_cast<size_t>(by)], parts.size(), images.size());
  if (by == edge::Align::kTemplate) {
    alignment.radius = covered(reach);
    alignment.polar = template_of(parts, alignment.radius);
  }
  std::vector<double> along, across;
  for (const Part& part : parts) {
    const double angle =
        by == edge::Align::kPca
            ? part.angle
            : edge::turn_against(alignment.polar, polar_picture(part, alignment.radius, 0));
    const double c = std::cos(angle), s = std::sin(angle);
    double x = 0, y = 0;
    part.each([&](double dx, double dy, double) {
      x = std::max(x, std::abs(dx * c + dy * s));
      y = std::max(y, std::abs(dy * c - dx * s));
    });
    along.push_back(x);
    across.push_back(y);
  }
  alignment.width = side_for(covered(along));
  alignment.height = side_for(covered(across));
  return alignment;
}

void fit_alignment(const Dataset& dataset, edge::Align by, int64_t max_pixels,
                   edge::PreprocessOptions& options) {
  if (by == edge::Align::kNone) return;
  if (!options.ignore.empty())
    fail("align",
         "view.align={} with input.ignore, expected one of them: the mask lies still, the part "
         "does not",
         edge::kAlignNames[static_cast<size_t>(by)]);
  const Alignment found = alignment_of(ok_images(dataset, max_pixels, options), by);
  log::info("view.align: parts are shown in {} × {} pixels around their centre", found.width,
            found.height);
  options.alignment = std::make_shared<const Alignment>(found);
}

}  // namespace paucal::data
