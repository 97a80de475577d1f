#pragma once
// From the unpickled values of a torch.save file to the places of its tensors: what the zip format
// and the older one share. Internal to index_pth().

#include <map>
#include <optional>
#include <string>

#include "models/pickle.h"
#include "models/tensor_index.h"
#include "models/zip.h"

namespace paucal::models {

// Where the bytes of each storage lie, by its key in the pickle; every one within the file.
using Storages = std::map<std::string, ZipEntry, std::less<>>;

struct PickledFile {
  const std::string& origin;
  Pickle pickle;
  Storages storages;
  uint64_t pickle_size = 0;  // bytes
};
// Throws Error with the origin: tensors beyond their storage, trees that explode, unknown types.
TensorIndex index_pickled(const PickledFile& file);

// The type of a storage by its global, "torch\nFloatStorage"; nothing if it is not supported.
std::optional<DType> dtype_of_storage(std::string_view global);

// What torch.save wrote before 1.6, and still does without its zip format: four pickles (magic
// number, protocol, system, the object), the pickled list of the storages' keys, then each storage:
// its number of elements (i64) and its bytes.
bool is_legacy_pth(std::span<const uint8_t> bytes);
TensorIndex index_legacy_pth(std::span<const uint8_t> bytes, const std::string& origin);

}  // namespace paucal::models
