#include "data/feed/partners.h"

#include <algorithm>
#include <filesystem>

namespace paucal::data {
namespace {

std::string file_name(const Record& record) {
  return std::filesystem::path(record.path).filename().string();
}

int any_of(const std::vector<int>& records, Random& random) {
  return records[static_cast<size_t>(random.below(std::ssize(records)))];
}

}  // namespace

Partners::Partners(const Dataset& dataset, const std::vector<int>& ok) : dataset_(dataset) {
  for (const int number : ok) {
    const Record& record = dataset.at(number);
    if (!record.group.empty()) by_group_[record.group].push_back(number);
    by_name_.emplace_back(file_name(record), number);
  }
  std::ranges::sort(by_name_);
}

int Partners::draw(int record, Random& random) const {
  const Record& of = dataset_.at(record);
  if (const auto group = by_group_.find(of.group); group != by_group_.end())
    return any_of(group->second, random);
  const auto next = std::ranges::lower_bound(by_name_, std::pair{file_name(of), record});
  const auto count = std::min<int64_t>(kNear, std::ssize(by_name_));
  const int64_t first =
      std::clamp<int64_t>(next - by_name_.begin() - kNear / 2, 0, std::ssize(by_name_) - count);
  return by_name_[static_cast<size_t>(first + random.below(count))].second;
}

}  // namespace paucal::data
