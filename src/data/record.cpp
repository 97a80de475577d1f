#include "data/record.h"

#include "base/files.h"

namespace paucal::data {

std::string_view split_name(Split split) {
  switch (split) {
    case Split::kTrain:
      return "train";
    case Split::kVal:
      return "val";
    case Split::kTest:
      return "test";
    case Split::kNone:
      break;
  }
  return "";
}

std::optional<Split> parse_split(std::string_view text) {
  const std::string name = lower(text);
  if (name.empty()) return Split::kNone;
  if (name == "train" || name == "training") return Split::kTrain;
  if (name == "val" || name == "valid" || name == "validation" || name == "dev") return Split::kVal;
  if (name == "test" || name == "testing") return Split::kTest;
  return std::nullopt;
}

bool Dataset::has_ok_class() const {
  return std::ranges::find(class_is_ok, true) != class_is_ok.end();
}

bool Dataset::is_ok(const Record& record) const {
  return record.label >= 0 && class_is_ok[static_cast<size_t>(record.label)];
}

std::vector<int> Dataset::indices(Split split) const {
  std::vector<int> result;
  for (size_t i = 0; i < records.size(); ++i)
    if (records[i].split == split) result.push_back(static_cast<int>(i));
  return result;
}

}  // namespace paucal::data
