#include "data/set/probe_records.h"

#include <algorithm>

#include "base/error.h"
#include "base/host/threads.h"
#include "data/files/probe.h"

namespace paucal::data {
namespace {

// Fills in what the header says; false, and a problem, where the image cannot be used.
bool fill_in(Record& record, const FileProbe& probe, Dataset& dataset) {
  if (!probe.kind.empty()) {
    dataset.problems.push_back({record.path, probe.kind, probe.message});
    return false;
  }
  record.width = probe.info.width;
  record.height = probe.info.height;
  record.orientation = probe.info.orientation;
  record.bits = probe.info.bits;
  return true;
}

// The further pages of a file. What was said of places and sizes was said of the first. The split
// keeps them together, as it does all records of one content.
void add_pages(const DataOptions& options, Record first, int pages, Dataset& dataset,
               std::vector<Record>& usable) {
  const std::string path = first.path;
  FileProbe unread;
  const Bytes data = pages > 1 ? read_image_bytes(dataset.file(first), unread) : Bytes();
  for (int page = 2; page <= pages; ++page) {
    Record record = first;
    record.page = page;
    record.path = fmt::format("{}#{}", path, page);
    record.supervision = Supervision::kTag;
    record.given.clear();
    record.stated.clear();
    const FileProbe probe = unread.kind.empty()
                                ? probe_bytes(dataset.file(record), data, options.max_pixels, page)
                                : unread;
    if (fill_in(record, probe, dataset)) usable.push_back(std::move(record));
  }
}

}  // namespace

std::vector<Record> probe_records(const DataOptions& options, std::vector<Record> records,
                                  Dataset& dataset) {
  std::vector<FileProbe> probes(records.size());
  parallel_for(static_cast<int64_t>(probes.size()), processor_count(), [&](int64_t i) {
    const auto at = static_cast<size_t>(i);
    probes[at] = probe_file(dataset.file(records[at]), options.max_pixels);
  });
  std::vector<Record> usable;
  for (size_t i = 0; i < probes.size(); ++i) {
    Record& record = records[i];
    const int pages = options.first_pages ? 1 : probes[i].info.pages;
    const bool fits = fill_in(record, probes[i], dataset);
    const Record first = record;
    if (fits) usable.push_back(std::move(record));
    add_pages(options, first, pages, dataset, usable);
  }
  std::ranges::stable_sort(usable, {}, &Record::path);
  return usable;
}

}  // namespace paucal::data
