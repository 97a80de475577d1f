#include "serve/infer_json.h"

#include <algorithm>

#include "base/json.h"

namespace paucal::serve {
namespace {

enum class Place {
  kRequest,
  kInputs,
  kInput,
  kShape,
  kData,
  kOutputs,
  kOutput,
  kParameters,
  kIgnored,  // below a key that means nothing here
};

struct Level {
  Place place;
  std::vector<std::string> keys = {};  // of an object that is read, so far
};

// A value of which the parser tells: null is monostate.
using Leaf = std::variant<std::monostate, bool, std::uint64_t, std::int64_t, double, std::string>;

// Receives the tokens (nlohmann's SAX interface). A function that returns false ends the parsing.
class InferSax {
 public:
  explicit InferSax(std::size_t max_texts) : max_texts_(max_texts) {}

  bool null() { return leaf(std::monostate()); }
  bool boolean(bool value) { return leaf(value); }
  bool number_integer(std::int64_t value) { return leaf(value); }
  bool number_unsigned(std::uint64_t value) { return leaf(value); }
  bool number_float(double value, const std::string&) { return leaf(value); }
  bool string(std::string& value) { return leaf(std::move(value)); }
  bool binary(Json::binary_t&) { return refuse("binary values are not JSON"); }
  bool start_object(std::size_t) { return start(true); }
  bool start_array(std::size_t) { return start(false); }
  bool end_object() { return end(); }
  bool end_array() { return end(); }
  bool key(std::string& name);
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) {
    return refuse("not valid JSON: {}", error.what());
  }

  InferJson request;
  Problem refused;

 private:
  template <class... Args>
  bool refuse(fmt::format_string<Args...> format, Args&&... args) {
    refused = problem(400, "infer", format, std::forward<Args>(args)...);
    return false;
  }
  bool unexpected(std::string_view expected) {
    return refuse("'{}': unexpected value, expected {}", member(), expected);
  }

  // The key that the value at hand stands under.
  std::string_view member() const {
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level)
      if (!level->keys.empty()) return level->keys.back();
    return "request";
  }
  bool start(bool object);
  bool enter(Place place) {
    if (levels_.size() >= kMaxInferDepth)
      return refuse("nested deeper than {} levels, expected fewer", kMaxInferDepth);
    levels_.push_back({place});
    return true;
  }
  bool end() {
    levels_.pop_back();
    return true;
  }
  bool leaf(Leaf value);
  bool request_leaf(Leaf& value);
  bool input_leaf(Leaf& value);
  bool shape_leaf(const Leaf& value);
  bool data_leaf(Leaf& value);
  bool parameter_leaf(Leaf& value);
  bool take_text(Leaf& value, std::string& text);

  std::size_t max_texts_;
  std::vector<Level> levels_;
  Parameters* parameters_ = nullptr;  // that kParameters fills
};

bool InferSax::key(std::string& name) {
  Level& level = levels_.back();
  if (level.place == Place::kIgnored) return true;
  if (level.keys.size() >= kMaxKeys)
    return refuse("more than {} keys in one object, expected fewer", kMaxKeys);
  if (name.size() > kMaxText)
    return refuse("key of {} bytes, expected at most {}", name.size(), kMaxText);
  if (std::ranges::find(level.keys, name) != level.keys.end())
    return refuse("key '{}' twice in one object, expected it once", name);
  level.keys.push_back(std::move(name));
  return true;
}

bool InferSax::start(bool object) {
  if (levels_.empty())
    return object ? enter(Place::kRequest) : refuse("an array, expected an object");
  const std::string_view name = member();
  const auto parameters = [&](Parameters& target) {
    parameters_ = &target;
    return object ? enter(Place::kParameters) : unexpected("an object");
  };
  switch (levels_.back().place) {
    case Place::kRequest:
      if (name == "parameters") return parameters(request.parameters);
      if (name == "inputs") return object ? unexpected("an array") : enter(Place::kInputs);
      if (name == "outputs") return object ? unexpected("an array") : enter(Place::kOutputs);
      if (name == "id" || name == "model_name") return unexpected("a string");
      return enter(Place::kIgnored);
    case Place::kInputs:
      if (!object) return unexpected("objects");
      if (request.inputs.size() >= kMaxNamed) return unexpected("fewer inputs");
      request.inputs.emplace_back();
      return enter(Place::kInput);
    case Place::kInput:
      if (name == "parameters") return parameters(request.inputs.back().parameters);
      if (name == "shape") {
        request.inputs.back().shape.emplace();
        return object ? unexpected("an array") : enter(Place::kShape);
      }
      if (name == "data") {
        request.inputs.back().has_data = true;
        return object ? unexpected("an array") : enter(Place::kData);
      }
      if (name == "name" || name == "datatype") return unexpected("a string");
      return enter(Place::kIgnored);
    case Place::kOutputs:
      if (!object) return unexpected("objects");
      if (request.outputs.size() >= kMaxNamed) return unexpected("fewer outputs");
      request.outputs.emplace_back();
      return enter(Place::kOutput);
    case Place::kOutput:
      if (name == "parameters") return parameters(request.outputs.back().parameters);
      if (name == "name") return unexpected("a string");
      return enter(Place::kIgnored);
    case Place::kShape:
      return unexpected("integers from 0 on");
    case Place::kData:
      return object ? unexpected("numbers or strings") : enter(Place::kData);
    case Place::kParameters:
    case Place::kIgnored:
      return enter(Place::kIgnored);
  }
  return false;
}

bool InferSax::leaf(Leaf value) {
  if (levels_.empty()) return refuse("no object, expected one with 'inputs'");
  switch (levels_.back().place) {
    case Place::kRequest:
      return request_leaf(value);
    case Place::kInput:
      return input_leaf(value);
    case Place::kShape:
      return shape_leaf(value);
    case Place::kData:
      return data_leaf(value);
    case Place::kOutput:
      return member() == "name" ? take_text(value, request.outputs.back().name) : true;
    case Place::kParameters:
      return parameter_leaf(value);
    case Place::kInputs:
    case Place::kOutputs:
      return unexpected("objects");
    case Place::kIgnored:
      return true;
  }
  return false;
}

bool InferSax::take_text(Leaf& value, std::string& text) {
  auto* given = std::get_if<std::string>(&value);
  if (!given) return unexpected("a string");
  if (given->size() > kMaxText)
    return refuse("'{}': {} bytes, expected at most {}", member(), given->size(), kMaxText);
  text = std::move(*given);
  return true;
}

bool InferSax::request_leaf(Leaf& value) {
  const std::string_view name = member();
  const bool null = std::holds_alternative<std::monostate>(value);
  if (name == "id") return null || take_text(value, request.id);
  if (name == "model_name") return null || take_text(value, request.model_name.emplace());
  if (name == "inputs") return unexpected("an array");
  if (name == "outputs") return null || unexpected("an array");
  if (name == "parameters") return null || unexpected("an object");
  return true;
}

bool InferSax::input_leaf(Leaf& value) {
  JsonInput& input = request.inputs.back();
  const std::string_view name = member();
  const bool null = std::holds_alternative<std::monostate>(value);
  if (name == "name") return take_text(value, input.name);
  if (name == "datatype") return take_text(value, input.datatype);
  if (name == "shape") return unexpected("an array");
  // A client of KServe writes null beside an empty tensor.
  if (name == "data") return null || unexpected("an array");
  if (name == "parameters") return null || unexpected("an object");
  return true;
}

bool InferSax::shape_leaf(const Leaf& value) {
  const auto* side = std::get_if<std::uint64_t>(&value);
  constexpr std::uint64_t kMost = std::uint64_t{1} << 32;
  if (!side || *side > kMost) return unexpected("integers from 0 to 2^32");
  std::vector<std::int64_t>& shape = *request.inputs.back().shape;
  if (shape.size() >= kMaxShape) return unexpected("fewer dimensions");
  shape.push_back(static_cast<std::int64_t>(*side));
  return true;
}

bool InferSax::data_leaf(Leaf& value) {
  JsonInput& input = request.inputs.back();
  if (const auto* number = std::get_if<std::uint64_t>(&value); number && *number <= 255) {
    input.numbers.push_back(static_cast<std::uint8_t>(*number));
  } else if (auto* text = std::get_if<std::string>(&value)) {
    if (input.texts.size() >= max_texts_)
      return refuse("'data': more than {} strings, expected one an image and no more images",
                    max_texts_);
    input.texts.push_back(std::move(*text));
  } else {
    return unexpected("integers from 0 to 255, or strings");
  }
  return true;
}

bool InferSax::parameter_leaf(Leaf& value) {
  const std::string name(member());
  if (std::holds_alternative<std::string>(value)) {
    std::string text;
    if (!take_text(value, text)) return false;
    parameters_->add(name, std::move(text));
  } else if (const auto* truth = std::get_if<bool>(&value)) {
    parameters_->add(name, *truth);
  } else if (const auto* count = std::get_if<std::uint64_t>(&value)) {
    parameters_->add(name, *count);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    parameters_->add(name, *integer);
  } else if (const auto* number = std::get_if<double>(&value)) {
    parameters_->add(name, *number);
  }
  return true;
}

}  // namespace

const Parameter* Parameters::find(std::string_view name) const {
  for (const auto& [key, value] : values_)
    if (key == name) return &value;
  return nullptr;
}

Checked<InferJson> read_infer_json(std::string_view text, std::size_t max_texts) {
  InferSax sax(max_texts);
  if (!Json::sax_parse(text.begin(), text.end(), &sax)) return std::move(sax.refused);
  return std::move(sax.request);
}

}  // namespace paucal::serve
