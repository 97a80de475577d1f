#include "models/recognise.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "models/byte_reader.h"
#include "models/source_hints.h"

namespace paucal::models {
namespace {

using TensorShape = std::vector<int64_t>;
using TensorShapes = std::map<std::string, TensorShape>;

constexpr size_t kNamed = 5;  // of the tensors that are wrong

// What training programs put around a state_dict, the likelier first: where a file has averaged
// weights beside others, the average was evaluated.
constexpr std::array<std::string_view, 16> kWrappers = {
    "state_dict_ema", "model_ema",  "ema",          "teacher", "ema_state_dict", "module",
    "_orig_mod",      "state_dict", "model",        "net",     "network",        "student",
    "backbone",       "resnet",     "mobilenet_v2", "convnext"};

// The classifier that was trained with the network, and counters; nothing that we compute needs
// them.
constexpr std::array<std::string_view, 8> kIdle = {
    "classifier.", "head.", "fc.", "_fc.", "linear.", "conv_head.", "mask_token", "n_averaged"};

// The worst wrapper's place in the table decides; nothing where a word is no wrapper.
std::optional<size_t> rank_of_prefix(std::string_view prefix) {
  size_t rank = kWrappers.size();
  while (!prefix.empty()) {
    const size_t dot = prefix.find('.');
    const auto found = std::ranges::find(kWrappers, prefix.substr(0, dot));
    if (found == kWrappers.end()) return std::nullopt;
    rank = std::min(rank, static_cast<size_t>(found - kWrappers.begin()));
    prefix.remove_prefix(dot + 1);
  }
  return rank;
}

// In front of `name`, of all names that end with it.
std::optional<std::string> prefix_of(const TensorShapes& shapes, const std::string& name) {
  std::optional<std::string> best;
  size_t best_rank = 0;
  for (const auto& [theirs, shape] : shapes) {
    if (!theirs.ends_with(name)) continue;
    const std::string prefix = theirs.substr(0, theirs.size() - name.size());
    if (!prefix.empty() && prefix.back() != '.') continue;
    const auto rank = rank_of_prefix(prefix);
    if (!rank || (best && *rank >= best_rank)) continue;
    best = prefix;
    best_rank = *rank;
  }
  return best;
}

// A linear layer may be written as a 1×1 convolution, and the other way round.
bool same_shape(TensorShape a, TensorShape b) {
  for (TensorShape* shape : {&a, &b})
    while (!shape->empty() && shape->back() == 1) shape->pop_back();
  return a == b;
}

bool is_idle(std::string_view name) {
  return name.ends_with("num_batches_tracked") ||
         std::ranges::any_of(kIdle, [&](std::string_view idle) { return name.starts_with(idle); });
}

std::string shape_text(const TensorShape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// A file held against one network.
struct Fit {
  const Published* network = nullptr;
  std::string prefix;
  std::vector<PublishedTensor> tensors;
  size_t found = 0;                   // of the right shape
  std::vector<std::string> problems;  // a sentence each

  double share() const { return static_cast<double>(found) / static_cast<double>(tensors.size()); }
  // A larger network of the same family has all tensors of a smaller one, and more.
  bool better_than(const Fit& other) const {
    return share() != other.share() ? share() > other.share()
                                    : problems.size() < other.problems.size();
  }
};

void find_left_over(const TensorShapes& shapes, Fit& fit) {
  std::set<std::string_view> known;
  for (const PublishedTensor& tensor : fit.tensors) known.insert(tensor.theirs);
  for (const auto& [name, shape] : shapes) {
    if (!name.starts_with(fit.prefix)) continue;
    const std::string rest = name.substr(fit.prefix.size());
    if (!known.contains(rest) && !is_idle(rest))
      fit.problems.push_back(fmt::format("'{}' is left over", printable(name)));
  }
}

Fit fit_of(const TensorShapes& shapes, const Published& network) {
  Fit fit{&network, "", network.tensors(network.arch), 0, {}};
  const auto prefix = prefix_of(shapes, fit.tensors[0].theirs);
  if (!prefix) return fit;
  fit.prefix = *prefix;
  for (const PublishedTensor& tensor : fit.tensors) {
    const auto found = shapes.find(fit.prefix + tensor.theirs);
    if (found == shapes.end())
      fit.problems.push_back(fmt::format("'{}' is missing", fit.prefix + tensor.theirs));
    else if (!same_shape(found->second, tensor.shape))
      fit.problems.push_back(fmt::format("'{}' is {}, expected {}", found->first,
                                         shape_text(found->second), shape_text(tensor.shape)));
    else
      ++fit.found;
  }
  find_left_over(shapes, fit);
  return fit;
}

[[noreturn]] void fail_nearly(const std::filesystem::path& path, const Fit& fit) {
  const auto& all = fit.problems;
  const std::vector<std::string> first(
      all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kNamed)));
  fail("weights", "'{}' is nearly {} of {}, but {}{}", path.string(), fit.network->arch,
       fit.network->source, fmt::join(first, "; "),
       all.size() > kNamed ? fmt::format("; and {} more", all.size() - kNamed) : "");
}

// Those that fit best; equally good ones have the same names.
std::vector<Fit> best_fits(const TensorShapes& shapes, const std::string& source) {
  std::vector<Fit> best;
  for (const Published& network : published_networks()) {
    if (source != "auto" && network.source != source) continue;
    Fit fit = fit_of(shapes, network);
    if (fit.found == 0) continue;
    if (!best.empty() && best[0].better_than(fit)) continue;
    if (!best.empty() && fit.better_than(best[0])) best.clear();
    best.push_back(std::move(fit));
  }
  return best;
}

}  // namespace

WeightNames names_of(const TensorIndex& index, const std::filesystem::path& path) {
  WeightNames names{path, {}, index.metadata};
  for (const StoredTensor& tensor : index.tensors) names.shapes[tensor.name] = tensor.shape;
  return names;
}

std::string Recognised::text() const {
  return fmt::format("{} ({})", arch, source);
}

std::optional<Recognised> recognise(const WeightNames& names, const std::string& source) {
  const auto format = names.metadata.find("format");
  if (format != names.metadata.end() && format->second == "paucal") return std::nullopt;
  const std::vector<Fit> fits = best_fits(names.shapes, source);
  if (fits.empty() || fits[0].share() < .5) {
    if (source != "auto")
      fail("weights", "'{}' has no network that {} publishes, expected model.weights_source=auto",
           names.path.string(), source);
    return std::nullopt;
  }
  if (!fits[0].problems.empty()) fail_nearly(names.path, fits[0]);
  std::vector<const Published*> candidates;
  for (const Fit& fit : fits) candidates.push_back(fit.network);
  const SourceChoice choice = choose_source(names.path, candidates);
  return Recognised{std::string(choice.network->arch), std::string(choice.network->source),
                    fits[0].prefix, choice.arithmetic, fits[0].tensors};
}

std::optional<Recognised> recognise_file(const std::filesystem::path& path,
                                         const std::string& source) {
  const Bytes bytes = value_or_throw(read_file(path));
  return recognise(names_of(index_weights(bytes, path.string()), path), source);
}

}  // namespace paucal::models
