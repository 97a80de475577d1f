#include "edge/runtime/model.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "base/error.h"

namespace paucal::edge {
namespace {

constexpr unsigned kPackingThreads = 4;

}  // namespace

Result<std::shared_ptr<const Model>> Model::make(ModelFile file, Isa isa) {
  auto model = std::make_shared<Model>();
  model->file_ = std::move(file);
  const Graph& graph = model->file_.graph;
  const size_t count = graph.nodes.size();
  model->kernels_.resize(count);
  std::vector<std::optional<Failure>> failures(count);
  // Packing weights is most of the time that a start takes.
  Pool pool(static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, kPackingThreads)));
  pool.run(static_cast<int64_t>(count), [&](int64_t task, int) {
    const auto n = static_cast<size_t>(task);
    auto kernel = graph.nodes[n].op->make({graph, graph.nodes[n], isa});
    if (kernel.ok())
      model->kernels_[n] = std::move(*kernel);
    else
      failures[n] = kernel.failure();
  });
  for (size_t n = 0; n < count; ++n)
    if (failures[n])
      return failure("model", "node '{}' ({}): {}", graph.nodes[n].name, graph.nodes[n].op->name,
                     failures[n]->message);
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
