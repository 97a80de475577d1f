#include "models/source_hints.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "models/weight_store.h"

namespace paucal::models {
namespace {

constexpr uintmax_t kMaxConfig = 1 << 20;  // bytes

// What config.json says of the network; empty where there is none, or none that is understood.
struct HubConfig {
  std::string architecture;
  std::vector<double> mean, std;
};

std::vector<double> three_numbers(const Json& json, const char* key, double low, double high) {
  std::vector<double> numbers;
  if (!json.is_object() || !json.contains(key) || !json.at(key).is_array()) return {};
  for (const Json& number : json.at(key)) {
    if (!number.is_number()) return {};
    numbers.push_back(number.get<double>());
    if (!(numbers.back() >= low && numbers.back() <= high)) return {};
  }
  return numbers.size() == 3 ? numbers : std::vector<double>{};
}

Json read_config(const std::filesystem::path& path) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > kMaxConfig) return {};
  return Json::parse(read_text(path), nullptr, /*allow_exceptions=*/false);
}

HubConfig config_of(const Json& json) {
  HubConfig config;
  if (!json.is_object()) return {};
  if (json.contains("architecture") && json.at("architecture").is_string())
    config.architecture = json.at("architecture").get<std::string>();
  const Json cfg = json.value("pretrained_cfg", Json());
  config.mean = three_numbers(cfg, "mean", 0, 1);
  config.std = three_numbers(cfg, "std", .001, 10);
  return config;
}

// "efficientnet_lite0" → "efficientnetlite0", as all spell it.
std::string squeezed(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)))
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Whether `name` speaks of TensorFlow's weights, as timm's tf_efficientnet_lite0 does.
bool says_tf(const std::string& name) {
  return name.starts_with("tf_") || name.find("/tf_") != std::string::npos ||
         name.find("_tf_") != std::string::npos || name.find("-tf_") != std::string::npos ||
         name.find(".tf_") != std::string::npos;
}

// Recipes of timm's own trainings, in the names of its files.
bool says_timm(const std::string& name) {
  for (const char* recipe : {"ra_in1k", "_ra-", "lamb_in1k", "_lamb-"})
    if (name.find(recipe) != std::string::npos) return true;
  return false;
}

const Published* of_source(const std::vector<const Published*>& candidates,
                           std::string_view source) {
  const auto found = std::ranges::find_if(
      candidates, [&](const Published* network) { return network->source == source; });
  return found == candidates.end() ? nullptr : *found;
}

}  // namespace

SourceChoice choose_source(const std::filesystem::path& path,
                           const std::vector<const Published*>& candidates) {
  const Published* first = candidates.front();
  const bool alike = std::ranges::all_of(candidates, [&](const Published* network) {
    return network->arithmetic == first->arithmetic;
  });
  // The store keeps a file under another name, and knows where it came from.
  const auto stored = stored_facts(path);
  HubConfig config =
      config_of(stored ? stored->config : read_config(path.parent_path() / "config.json"));
  // Of another network's file in the same folder.
  if (squeezed(config.architecture).find(squeezed(first->arch)) == std::string::npos) config = {};
  const Published* chosen = alike ? first : nullptr;
  const std::string place =
      stored ? stored->origin
             : (path.parent_path().filename() / path.filename()).string();  // as hubs name folders
  for (const std::string& name : {config.architecture, place}) {
    if (chosen || name.empty()) continue;
    if (says_tf(name))
      chosen = of_source(candidates, "timm_tf");
    else if (name.find("miil") != std::string::npos)
      chosen = of_source(candidates, "timm_miil");
    else if (name == config.architecture || says_timm(name))
      chosen = of_source(candidates, "timm");
  }
  if (!chosen) {
    std::vector<std::string> choices;
    for (const Published* network : candidates)
      choices.push_back(fmt::format("model.weights_source={}", network->source));
    fail("weights",
         "'{}': {} with names that several publish, with other arithmetic each; expected {}",
         path.string(), first->arch, fmt::join(choices, " or "));
  }
  SourceChoice choice{chosen, chosen->arithmetic};
  if (!config.mean.empty() && !config.std.empty() && chosen->source.starts_with("timm")) {
    choice.arithmetic.mean = config.mean;
    choice.arithmetic.std = config.std;
  }
  return choice;
}

}  // namespace paucal::models
