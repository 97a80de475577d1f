#pragma once
// Which published network a weight file holds: by its names and shapes, and where several sources
// share them, by what lies beside it or by its own name. Without torch.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/published.h"
#include "models/tensor_index.h"

namespace paucal::models {

// What recognition reads of a file.
struct WeightNames {
  std::filesystem::path path;
  std::map<std::string, std::vector<int64_t>> shapes;  // by the file's names
  std::map<std::string, std::string> metadata;
};
WeightNames names_of(const TensorIndex& index, const std::filesystem::path& path);

struct Recognised {
  std::string arch, source;
  std::string prefix;  // of the file's names: "state_dict.module."
  Arithmetic arithmetic;
  std::vector<PublishedTensor> tensors;

  std::string text() const;  // "efficientnet_lite0 (timm)"
};

// Nothing for files that we wrote, and for those of networks that nobody of the table publishes.
// `source`: of weight_sources(). Throws Error: a file that is nearly a published one (names the
// first five tensors that are missing, of another shape or left over), sources that the file does
// not decide between, a file that is not of `source`.
std::optional<Recognised> recognise(const WeightNames& names, const std::string& source);

// Reads no values. Throws Error, too, where the file cannot be read.
std::optional<Recognised> recognise_file(const std::filesystem::path& path,
                                         const std::string& source);

}  // namespace paucal::models
