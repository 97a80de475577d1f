#pragma once
// A graph made ready to run: every node with its kernel, weights packed. Immutable; shared by any
// number of sessions and threads.

#include <memory>
#include <vector>

#include "edge/format/model_file.h"
#include "edge/kernels/kernel.h"

namespace paucal::edge {

class Model {
 public:
  // A validated graph, e.g. from read_model(). Fails where a kernel can't be made.
  static Result<std::shared_ptr<const Model>> make(ModelFile file, Isa isa = best_isa());
  static Result<std::shared_ptr<const Model>> open(const std::filesystem::path& path,
                                                   Isa isa = best_isa());

  const Graph& graph() const { return file_.graph; }
  const Json& card() const { return file_.card; }
  const Kernel& kernel(size_t node) const { return *kernels_[node]; }

 private:
  ModelFile file_;
  std::vector<std::unique_ptr<Kernel>> kernels_;
};

}  // namespace paucal::edge
