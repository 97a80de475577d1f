#include "serve/choices.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"

namespace paucal::serve {
namespace fs = std::filesystem;
namespace {

std::optional<int> version_in(const Json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  if (!json.is_object() || found == json.end() || !found->is_number_integer()) return std::nullopt;
  const auto number = found->get<std::int64_t>();
  if (number < 1 || number > std::numeric_limits<int>::max()) return std::nullopt;
  return static_cast<int>(number);
}

}  // namespace

std::vector<int> in_order_of_choice(std::vector<int> versions,
                                    const std::optional<Choice>& choice) {
  if (choice) std::erase_if(versions, [&](int v) { return choice->abandons(v); });
  std::ranges::sort(versions, std::greater());
  return versions;
}

Result<Choices> read_choices(const fs::path& file) {
  std::error_code unknown;
  if (!fs::exists(file, unknown) && !unknown) return Choices();
  const auto bytes = read_file(file, 16 << 20);
  if (!bytes.ok()) return bytes.failure();
  const auto json =
      parse_json({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, file.string());
  if (!json.ok()) return json.failure();
  Choices choices;
  for (const auto& [name, entry] : json->items()) {
    const auto version = version_in(entry, "version"), passed = version_in(entry, "passed_over");
    if (!version || !passed)
      return failure("serve", "'{}': '{}' without version and passed_over, expected both",
                     file.string(), name);
    choices[name] = {*version, *passed};
  }
  return choices;
}

std::optional<Failure> write_choices(const fs::path& file, const Choices& choices) {
  Json json = Json::object();
  for (const auto& [name, choice] : choices)
    json[name] = {{"version", choice.version}, {"passed_over", choice.passed_over}};
  try {
    write_text_atomic(file, dump_json(json, 2) + "\n");
  } catch (const Error& error) {
    return Failure{error.place(), error.message()};
  } catch (const std::exception& error) {
    return failure("serve", "'{}': {}", file.string(), error.what());
  }
  return std::nullopt;
}

}  // namespace paucal::serve
