#pragma once
// The JSON of an inference request (Open Inference Protocol), read token by token: what it holds is
// bounded before memory is taken. It tells what is written; what that means to a model is
// infer_request.h.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "serve/problem.h"

namespace paucal::serve {

inline constexpr std::size_t kMaxInferDepth = 32;
inline constexpr std::size_t kMaxKeys = 100;   // of one object
inline constexpr std::size_t kMaxNamed = 32;   // inputs, outputs
inline constexpr std::size_t kMaxShape = 8;    // dimensions
inline constexpr std::size_t kMaxText = 1024;  // bytes of a name, an id or a parameter

// A string, number or boolean of "parameters"; null and what nests are left out.
using Parameter = std::variant<bool, std::uint64_t, std::int64_t, double, std::string>;

class Parameters {
 public:
  void add(std::string name, Parameter value) {
    values_.emplace_back(std::move(name), std::move(value));
  }
  const Parameter* find(std::string_view name) const;
  const std::vector<std::pair<std::string, Parameter>>& all() const { return values_; }

 private:
  std::vector<std::pair<std::string, Parameter>> values_;
};

struct JsonInput {
  std::string name, datatype;
  std::optional<std::vector<std::int64_t>> shape;
  Parameters parameters;
  bool has_data = false;  // and not null
  // "data", nested or flat, in its order: numbers 0 to 255, or texts.
  std::vector<std::uint8_t> numbers;
  std::vector<std::string> texts;
};

struct JsonOutput {
  std::string name;
  Parameters parameters;
};

struct InferJson {
  std::string id;
  std::optional<std::string> model_name;
  Parameters parameters;
  std::vector<JsonInput> inputs;
  std::vector<JsonOutput> outputs;
};

// `max_texts`: of an input's data. Refuses what is no valid JSON in UTF-8, doubled keys, and NaN.
Checked<InferJson> read_infer_json(std::string_view text, std::size_t max_texts);

}  // namespace paucal::serve
