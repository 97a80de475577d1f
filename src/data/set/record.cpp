#include "data/set/record.h"

#include <algorithm>

#include "data/unlabelled/unlabelled_index.h"
#include "labels/class_key.h"

namespace paucal::data {

bool Dataset::has_ok_class() const {
  return std::ranges::find(class_is_ok, true) != class_is_ok.end();
}

bool Dataset::is_ok(const Record& record) const {
  return record.label >= 0 && class_is_ok[static_cast<size_t>(record.label)];
}

std::filesystem::path Dataset::file(const Record& record) const {
  return root / (record.page == 1 ? record.path : record.path.substr(0, record.path.rfind('#')));
}

std::vector<int> Dataset::indices(Split split) const {
  std::vector<int> result;
  for (size_t i = 0; i < records.size(); ++i)
    if (records[i].split == split) result.push_back(static_cast<int>(i));
  return result;
}

int64_t Dataset::unlabelled_count() const {
  return std::ssize(unlabelled) + (index ? index->size() : 0);
}

std::string Dataset::name(int number) const {
  return number < count() ? at(number).path : index->name(number - count());
}

int Dataset::label(int number) const {
  if (number < count()) return at(number).label;
  return labels::find_class(classes, index->class_name(number - count()));
}

std::vector<int> Dataset::index_sample(int64_t count) const {
  const int64_t images = index ? index->size() : 0, chosen = std::min(count, images);
  std::vector<int> numbers;
  for (int64_t i = 0; i < chosen; ++i)
    numbers.push_back(this->count() + static_cast<int>(i * images / chosen));
  return numbers;
}

}  // namespace paucal::data
