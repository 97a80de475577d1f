#include "data/set/mask_check.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/host/threads.h"
#include "data/set/mask_file.h"
#include "edge/pre/decode.h"

namespace paucal::data {
namespace {

constexpr double kSamePicture = 8;  // grey levels on average, between a raw image and its preview

// What was found of one mask.
struct MaskLook {
  std::vector<Problem> problems;
  bool usable = true;
  bool marked = false;  // a defect
};

bool is_constant(const edge::Image& image) {
  return std::ranges::all_of(image.pixels, [&](uint8_t v) { return v == image.pixels[0]; });
}

// Whether the mask shows what the image shows.
bool is_picture_of(const MaskFile& mask, const Dataset& dataset, const Record& record,
                   int64_t max_pixels) {
  if (mask.grey.width != record.width || mask.grey.height != record.height) return false;
  if (is_constant(mask.grey)) return false;
  const auto image = edge::read_image(dataset.file(record), {1, max_pixels});
  if (!image.ok() || image->pixels.size() != mask.grey.pixels.size()) return false;
  double sum = 0;
  for (size_t i = 0; i < image->pixels.size(); ++i)
    sum += std::abs(image->pixels[i] - mask.grey.pixels[i]);
  return sum < kSamePicture * static_cast<double>(image->pixels.size());
}

MaskLook look_at(const LabelledSet& set, const Record& record, int64_t max_pixels) {
  const Dataset& dataset = set.dataset;
  const ImageTruth& truth = set.truth.of(record);
  MaskLook look;
  const auto complain = [&](const char* kind, const std::string& message) {
    look.problems.push_back({record.path, kind, fmt::format("'{}'{}", truth.mask_path, message)});
  };
  const Result<MaskFile> mask = read_mask_file(dataset.root / truth.mask_path, max_pixels);
  if (!mask.ok()) {
    look.usable = false;
    complain("mask-broken", ": " + mask.failure().message);
    return look;
  }
  if (!mask->plausible || is_picture_of(*mask, dataset, record, max_pixels)) {
    look.usable = false;
    complain("mask-photo", " looks like a photo, expected a mask");
    return look;
  }
  const edge::Image& pixels = mask->defects;
  if (pixels.width != record.width || pixels.height != record.height)
    complain("mask-size", fmt::format(" is {}×{}, the image {}×{}", pixels.width, pixels.height,
                                      record.width, record.height));
  look.marked = std::ranges::find(pixels.pixels, 255) != pixels.pixels.end();
  if (look.marked && dataset.is_ok(record)) complain("mask-on-ok", "");
  if (!look.marked && !dataset.is_ok(record) && truth.objects.empty()) complain("mask-empty", "");
  return look;
}

}  // namespace

void check_masks(const DataOptions& options, LabelledSet& set) {
  Dataset& dataset = set.dataset;
  std::vector<const Record*> masked;
  for (const Record& record : dataset.records)
    if (!set.truth.of(record).mask_path.empty()) masked.push_back(&record);
  std::vector<MaskLook> looks(masked.size());
  parallel_for(static_cast<int64_t>(masked.size()), processor_count(), [&](int64_t i) {
    const auto at = static_cast<size_t>(i);
    looks[at] = look_at(set, *masked[at], options.max_pixels);
  });
  int64_t defects = 0, marked = 0;
  for (size_t i = 0; i < masked.size(); ++i) {
    const Record& record = *masked[i];
    std::ranges::move(looks[i].problems, std::back_inserter(dataset.problems));
    if (!looks[i].usable) {
      ImageTruth& truth = set.truth.edit(record);
      truth.mask_path.clear();
      truth.known = !truth.objects.empty();
    } else if (!dataset.is_ok(record)) {
      ++defects;
      marked += looks[i].marked;
    }
  }
  if (defects > 1 && marked == 0)
    dataset.problems.push_back(
        {"", "masks-all-empty", fmt::format("the masks of {} defect images", defects)});
}

}  // namespace paucal::data
