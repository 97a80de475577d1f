#pragma once
// Whether the files of records are images.

#include "data/set/options.h"
#include "data/set/record.h"

namespace paucal::data {

// Looks at each file's header, one a thread at a time, and fills in the sizes. Those that cannot be
// used are left out, and become problems of `dataset`. The further pages of a TIFF become records
// of their own, of its class, split and group.
std::vector<Record> probe_records(const DataOptions& options, std::vector<Record> records,
                                  Dataset& dataset);

}  // namespace paucal::data
