#include "edge/runtime/model.h"

#include "base/error.h"

namespace paucal::edge {

Result<std::shared_ptr<const Model>> Model::make(ModelFile file, Isa isa) {
  auto model = std::make_shared<Model>();
  model->file_ = std::move(file);
  const Graph& graph = model->file_.graph;
  for (const Node& node : graph.nodes) {
    auto kernel = node.op->make({graph, node, isa});
    if (!kernel.ok())
      return failure("model", "node '{}' ({}): {}", node.name, node.op->name,
                     kernel.failure().message);
    model->kernels_.push_back(std::move(*kernel));
  }
  return std::shared_ptr<const Model>(std::move(model));
}

Result<std::shared_ptr<const Model>> Model::open(const std::filesystem::path& path, Isa isa) {
  auto data = map_file(path);
  if (!data.ok()) return data.failure();
  auto file = read_model(*data, path.string());
  if (!file.ok()) return file.failure();
  return make(std::move(*file), isa);
}

}  // namespace paucal::edge
