#include "data/set/truth_table.h"

namespace paucal::data {

const ImageTruth& Truth::of(const Record& record) const {
  static const ImageTruth nothing;
  const auto found = images_.find(record.path);
  return found == images_.end() ? nothing : found->second;
}

}  // namespace paucal::data
