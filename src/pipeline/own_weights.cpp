#include "pipeline/own_weights.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>

#include "base/error.h"
#include "base/host/log.h"
#include "base/json_text.h"
#include "base/text.h"
#include "models/safetensors.h"
#include "train/checkpoint.h"

namespace paucal::pipeline {
namespace {

constexpr const char* kStart = "paucal.start";
// What a file may say: what its weights mean, and not where or how well.
constexpr std::array<std::string_view, 11> kSaid = {
    "model.arch",    "model.width", "model.bn_eps",        "model.conv_bias",
    "model.padding", "model.cut",   "input.channels",      "input.normalise",
    "input.mean",    "input.std",   "input.local_contrast"};

struct NetworkAndInput {
  models::ModelOptions& model;
  edge::PreprocessOptions& input;

  template <class V>
  void visit(V& v) {
    v.group(model, "model", "");
    v.group(input, "input", "");
  }
};

// Eight bytes of length and a JSON object: other formats are read by whoever loads the weights.
bool is_safetensors(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 9> head{};
  return file.read(head.data(), head.size()) && head[8] == '{';
}

std::optional<Json> start_in(const std::filesystem::path& path) {
  if (!is_safetensors(path)) return std::nullopt;
  const auto metadata = models::read_safetensors(path).metadata;
  const auto found = metadata.find(kStart);
  if (found == metadata.end()) return std::nullopt;
  try {
    Json start = Json::parse(found->second);
    if (!start.is_object()) fail("weights", "'{}': {}: expected an object", path.string(), kStart);
    return start;
  } catch (const Json::exception& error) {
    fail("weights", "'{}': {}: {}", path.string(), kStart, error.what());
  }
}

bool typed_here(const std::vector<std::string>& typed, std::string_view key) {
  return std::ranges::any_of(typed, [&](std::string_view assignment) {
    return assignment.substr(0, assignment.find('=')) == key;
  });
}

// What changed, "key=value, …".
std::string take_start(const Json& start, Options options, const std::vector<std::string>& typed,
                       const std::filesystem::path& path) {
  std::string changed;
  for (const auto& [key, value] : start.items()) {
    if (std::ranges::find(kSaid, key) == kSaid.end())
      fail("weights", "'{}': {}: key '{}', expected some of {}", path.string(), kStart,
           printable(key), fmt::join(kSaid, ", "));
    Option& option = options.at(key);
    if (typed_here(typed, key) || option.value() == value) continue;
    option.set(value);
    changed += fmt::format("{}{}={}", changed.empty() ? "" : ", ", key, dump_json(value));
  }
  return changed;
}

}  // namespace

void write_own_weights(const std::filesystem::path& path, const models::ImageModel& network,
                       const edge::PreprocessOptions& input) {
  models::TensorFile file;
  for (const auto& [name, tensor] : train::tensors_of(network))
    if (!name.starts_with("fc.")) file.tensors[name] = tensor.detach().to(at::kCPU).contiguous();
  models::ModelOptions model = network.options();
  edge::PreprocessOptions said = input;
  NetworkAndInput both{model, said};
  Json start = Json::object();
  const Options options = options_of(both);
  for (const Option& option : options.all())
    if (std::ranges::find(kSaid, option.key) != kSaid.end()) start[option.key] = option.value();
  file.metadata = {{"format", "paucal"}, {kStart, dump_json(start)}};
  models::write_safetensors(path, file);
}

bool take_own_start(const std::filesystem::path& weights, Recipe& recipe,
                    const std::vector<std::string>& typed) {
  const auto start = start_in(weights);
  if (!start) return false;
  const std::string changed = take_start(*start, options_of(recipe), typed, weights);
  if (!changed.empty()) log::info("model.weights: {}, as '{}' was made", changed, weights.string());
  return true;
}

}  // namespace paucal::pipeline
