#include "data/set/probe_records.h"

#include "base/host/threads.h"
#include "data/files/probe.h"

namespace paucal::data {

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
    if (!probes[i].kind.empty()) {
      dataset.problems.push_back({record.path, probes[i].kind, probes[i].message});
      continue;
    }
    record.width = probes[i].info.width;
    record.height = probes[i].info.height;
    record.orientation = probes[i].info.orientation;
    usable.push_back(std::move(record));
  }
  return usable;
}

}  // namespace paucal::data
