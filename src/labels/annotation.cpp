#include "labels/annotation.h"

#include "base/files.h"

namespace paucal::labels {

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

}  // namespace paucal::labels
