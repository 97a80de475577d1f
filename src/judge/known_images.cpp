#include "judge/known_images.h"

#include <algorithm>

#include "base/host/log.h"
#include "base/random.h"
#include "data/feed/window.h"
#include "edge/post/boxes.h"
#include "edge/post/tiles.h"
#include "judge/truth_boxes.h"

namespace paucal::judge {
namespace {

constexpr uint64_t kPasteStream = 0x63616c62;  // "calb"
constexpr size_t kPastedImages = 96;

// The image, or a tile of it where it is seen in tiles.
edge::Fitted drawn_part(const edge::ModelCard& card, const HeldOut& held, int record,
                        Random& random) {
  const auto fitted = held.cache.get(record);
  return edge::cut_out(*fitted, data::draw_window(fitted->image, card.input, {}, random));
}

void drop_hidden(const edge::ModelCard& card, const edge::Geometry& image,
                 std::vector<edge::Box>& boxes) {
  const edge::Region counted = edge::region_of(image, card.input);
  std::erase_if(boxes, [&](edge::Box& box) { return !edge::keep_counted(counted, box); });
}

// Boxes around the pasted pixels, in original pixels.
std::vector<edge::Box> boxes_of_mask(const data::Pasted& pasted, const edge::Fitted& fitted,
                                     const edge::ModelCard& card) {
  edge::Map mask(fitted.image.width, fitted.image.height);
  std::ranges::copy(pasted.mask, mask.values.begin());
  std::vector<edge::Box> boxes;
  for (const auto& component : edge::find_components(mask, .5f, .5f))
    if (component.area >= card.min_area)
      boxes.push_back(fitted.geometry.to_original(component.box));
  drop_hidden(card, fitted.geometry, boxes);
  return boxes;
}

}  // namespace

std::vector<KnownImage> given_images(const edge::ModelCard& card, const HeldOut& held) {
  std::vector<KnownImage> images;
  for (size_t i = 0; i < held.records.size(); ++i) {
    const data::Record& record = held.record(i);
    if (record.split != data::Split::kVal || record.supervision != data::Supervision::kBoxes)
      continue;
    std::vector<edge::Box> truths;
    for (const auto& instance : record.given) truths.push_back(instance.box);
    drop_hidden(card, held.raw[i].geometry, truths);
    images.push_back(
        known_image(card, held.raw[i], card.heat_channel(record.label), std::move(truths)));
  }
  return images;
}

std::vector<KnownImage> boxed_images(const edge::ModelCard& card, const HeldOut& held,
                                     const data::Truth& drawn, const TruthSample& sample) {
  const TruthBoxes truth(held.dataset, drawn, sample.max_pixels, card.min_area, card.input);
  std::vector<std::pair<size_t, std::vector<edge::Box>>> boxed;
  for (size_t i = 0; i < held.records.size(); ++i)
    if (auto boxes = truth.boxes(held.records[i]); !boxes.empty())
      boxed.emplace_back(i, std::move(boxes));
  const auto asked = static_cast<size_t>(sample.count);
  if (boxed.size() < asked)
    log::warn("calibrate: locate.calibration_boxes={}, and {} held-out images have true boxes",
              asked, boxed.size());
  Random(sample.seed, kPasteStream).shuffle(boxed);
  boxed.resize(std::min(boxed.size(), asked));
  std::vector<KnownImage> images;
  for (auto& [i, truths] : boxed)
    images.push_back(
        known_image(card, held.raw[i], card.heat_channel(held.record(i).label), std::move(truths)));
  return images;
}

std::vector<KnownImage> labelled_images(const edge::ModelCard& card, const HeldOut& held) {
  std::vector<KnownImage> images;
  for (size_t i = 0; i < held.records.size(); ++i) {
    if (card.calibration.ng(held.raw[i].scores[0]) < card.calibration.threshold) continue;
    images.push_back(known_image(card, held.raw[i], 0, {}));
    images.back().somewhere = held.is_ng(i);
  }
  return images;
}

std::vector<KnownImage> pasted_images(const edge::ModelCard& card, const HeldOut& held,
                                      const RawOfImage& look, const data::PasteOptions& paste,
                                      uint64_t seed) {
  std::vector<int> ok;
  for (size_t i = 0; i < held.records.size(); ++i)
    if (!held.is_ng(i)) ok.push_back(held.records[i]);
  std::vector<KnownImage> images;
  for (size_t i = 0; !ok.empty() && i < kPastedImages; ++i) {
    Random random(seed, kPasteStream, i);
    edge::Fitted fitted = drawn_part(card, held, ok[i % ok.size()], random);
    const int donor = ok[static_cast<size_t>(random.below(static_cast<int64_t>(ok.size())))];
    const data::Pasted pasted = data::paste_defect(
        fitted.image, drawn_part(card, held, donor, random).image, paste, random);
    fitted.image = pasted.image;
    std::vector<edge::Box> truths = boxes_of_mask(pasted, fitted, card);
    if (!truths.empty()) images.push_back(known_image(card, look(fitted), 0, std::move(truths)));
  }
  return images;
}

}  // namespace paucal::judge
