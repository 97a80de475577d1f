#include "data/set/misfits.h"

#include <algorithm>

#include "base/error.h"

namespace paucal::data {
namespace {

// The size that the file holds is the upright one, or that with its sides changed.
std::string why_other_size(const Record& record, const StatedSize& stated) {
  std::string why = fmt::format("{}: drawn on {}×{}, the image is {}×{}", stated.source,
                                stated.width, stated.height, record.width, record.height);
  if (stated.width == record.height && stated.height == record.width)
    why += record.orientation > 1
               ? fmt::format(" (EXIF {}: drawn on the unturned picture)", record.orientation)
               : " (turned)";
  return why;
}

}  // namespace

void state_size(const labels::Annotated& annotated, Record& record) {
  if (annotated.width > 0 && annotated.height > 0)
    record.stated.push_back({annotated.width, annotated.height, annotated.source});
}

void name_misfits(Record& record, std::span<const labels::Instance> objects,
                  std::vector<Problem>& problems) {
  for (const StatedSize& stated : record.stated)
    if (!objects.empty() && (stated.width != record.width || stated.height != record.height))
      problems.push_back({record.path, "truth-size", why_other_size(record, stated)});
  record.stated.clear();
  for (const labels::Instance& object : objects) {
    const edge::Box& box = object.box;
    if (box.x0 < -1 || box.y0 < -1 || box.x1 > static_cast<float>(record.width + 1) ||
        box.y1 > static_cast<float>(record.height + 1))
      problems.push_back(
          {record.path, "truth-outside",
           fmt::format("{} [{} {} {} {}], the image is {}×{}", object.class_name, box.x0, box.y0,
                       box.x1, box.y1, record.width, record.height)});
  }
}

void name_misfits(LabelledSet& set) {
  for (Record& record : set.dataset.records) {
    std::vector<labels::Instance> objects = set.truth.of(record).objects;
    std::ranges::copy(record.given, std::back_inserter(objects));
    name_misfits(record, objects, set.dataset.problems);
  }
}

}  // namespace paucal::data
