#include "serve/infer_request.h"

#include <algorithm>
#include <charconv>

#include "base/files.h"

namespace paucal::serve {
namespace {

// The length of the JSON in the body; all of it where no header says so.
Checked<std::size_t> json_length(const http::Request& request) {
  const std::string* text = request.field(kJsonLengthField);
  if (!text) return request.body.size();
  std::size_t length = 0;
  const char* end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, length);
  if (error != std::errc() || at != end || text->empty() || length > request.body.size())
    return problem(400, "infer", "{}: '{}', expected an integer from 0 to {}, the body's size",
                   kJsonLengthField, text->substr(0, 40), request.body.size());
  return length;
}

Problem no_such_output(const std::string& name, const edge::ModelCard& card) {
  std::vector<std::string_view> known;
  for (const OutputRow* row : outputs_of(card)) known.push_back(row->name);
  return problem(400, "infer", "output '{}', expected one of {}", name, fmt::join(known, ", "));
}

std::optional<Problem> read_flag(const Parameters& parameters, std::string_view name, bool& flag) {
  const Parameter* given = parameters.find(name);
  if (!given) return std::nullopt;
  const auto* truth = std::get_if<bool>(given);
  if (!truth) return problem(400, "infer", "parameter '{}': expected true or false", name);
  flag = *truth;
  return std::nullopt;
}

std::optional<Problem> refuse_shared_memory(const Parameters& parameters) {
  if (!parameters.find("shared_memory_region")) return std::nullopt;
  return problem(501, "infer", "shared memory is not supported, expected data in the request");
}

Checked<WantedOutput> wanted_output(const JsonOutput& output, const edge::ModelCard& card,
                                    bool binary) {
  WantedOutput wanted{find_output(card, output.name), binary};
  if (!wanted.row) return no_such_output(output.name, card);
  if (auto wrong = refuse_shared_memory(output.parameters)) return std::move(*wrong);
  if (auto wrong = read_flag(output.parameters, "binary_data", wanted.binary))
    return std::move(*wrong);
  const Parameter* classes = output.parameters.find("classification");
  if (!classes) return wanted;
  const auto* count = std::get_if<std::uint64_t>(classes);
  if (!count || (*count > 0 && wanted.row->kind != OutputKind::kProbabilities))
    return problem(400, "infer",
                   "parameter 'classification' of output '{}': expected an integer, of output "
                   "'probabilities'",
                   output.name);
  wanted.classes = std::min<std::size_t>(*count, card.classes.size());
  return wanted;
}

Checked<std::vector<WantedOutput>> wanted_outputs(const InferJson& json,
                                                  const edge::ModelCard& card) {
  bool binary = false;
  if (auto wrong = read_flag(json.parameters, "binary_data_output", binary))
    return std::move(*wrong);
  std::vector<WantedOutput> all;
  for (const JsonOutput& output : json.outputs) {
    auto wanted = wanted_output(output, card, binary);
    if (auto* wrong = std::get_if<Problem>(&wanted)) return std::move(*wrong);
    const OutputRow* row = std::get<WantedOutput>(wanted).row;
    if (std::ranges::any_of(all, [&](const WantedOutput& other) { return other.row == row; }))
      return problem(400, "infer", "output '{}' twice, expected it once", output.name);
    all.push_back(std::get<WantedOutput>(wanted));
  }
  if (json.outputs.empty())
    for (const OutputRow* row : outputs_of(card))
      if (!row->only_if_named) all.push_back({row, binary});
  return all;
}

// The one input that models have.
Checked<JsonInput*> input_in(InferJson& json) {
  if (json.inputs.size() != 1 || json.inputs[0].name != kInputName) {
    std::vector<std::string_view> names;
    for (const JsonInput& input : json.inputs) names.push_back(input.name);
    return problem(400, "infer", "inputs [{}], expected one, '{}'", fmt::join(names, ", "),
                   kInputName);
  }
  JsonInput& input = json.inputs[0];
  if (auto wrong = refuse_shared_memory(input.parameters)) return std::move(*wrong);
  return &input;
}

// `tensors`: what follows the JSON.
Checked<std::vector<Input>> images_in(JsonInput& input, std::string_view tensors,
                                      const InputLimits& limits) {
  const Parameter* given = input.parameters.find("binary_data_size");
  const auto* size = given ? std::get_if<std::uint64_t>(given) : nullptr;
  if (given && !size)
    return problem(400, "infer", "parameter 'binary_data_size': expected an integer from 0 on");
  const std::uint64_t announced = size ? *size : 0;
  if (announced > tensors.size())
    return problem(400, "infer",
                   "unexpected size for input '{}': {} bytes behind the JSON, expected {}",
                   kInputName, tensors.size(), announced);
  if (announced < tensors.size())
    return problem(400, "infer",
                   "unexpected additional input data: {} bytes behind the JSON, expected {}",
                   tensors.size(), announced);
  if (!size) return images_in_json(input, limits);
  if (input.has_data)
    return problem(400, "infer", "input '{}': data and binary_data_size, expected one of them",
                   kInputName);
  return images_in_binary(input, tensors, limits);
}

// A file and nothing else. Controllers read JSON, or the same in binary where they do not ask.
Checked<InferRequest> raw_request(http::Request& request, const edge::ModelCard& card) {
  InferRequest read;
  const std::string* accept = request.field("Accept");
  const bool json = accept && lower(*accept).find(kJson) != std::string::npos;
  for (const OutputRow* row : outputs_of(card))
    if (!row->only_if_named) read.outputs.push_back({row, !json});
  auto asked = asked_in(request.query);
  if (auto* wrong = std::get_if<Problem>(&asked)) return std::move(*wrong);
  read.asked = std::get<Asked>(std::move(asked));
  read.inputs.emplace_back(EncodedImage(std::move(request.body)));
  return read;
}

Checked<InferRequest> json_request(InferJson& json, std::string_view tensors,
                                   const InferTarget& target) {
  InferRequest read;
  if (json.model_name && *json.model_name != target.model)
    return problem(400, "infer", "model_name '{}', expected '{}' as in the path", *json.model_name,
                   target.model);
  auto asked = asked_in(json.parameters);
  if (auto* wrong = std::get_if<Problem>(&asked)) return std::move(*wrong);
  auto outputs = wanted_outputs(json, *target.card);
  if (auto* wrong = std::get_if<Problem>(&outputs)) return std::move(*wrong);
  auto input = input_in(json);
  if (auto* wrong = std::get_if<Problem>(&input)) return std::move(*wrong);
  auto images =
      images_in(*std::get<JsonInput*>(input), tensors, {target.max_batch, target.card->max_pixels});
  if (auto* wrong = std::get_if<Problem>(&images)) return std::move(*wrong);
  read.id = std::move(json.id);
  read.asked = std::get<Asked>(std::move(asked));
  read.outputs = std::get<std::vector<WantedOutput>>(std::move(outputs));
  read.inputs = std::get<std::vector<Input>>(std::move(images));
  return read;
}

}  // namespace

Checked<InferRequest> read_infer_request(http::Request& request, const InferTarget& target) {
  const auto length = json_length(request);
  if (const auto* wrong = std::get_if<Problem>(&length)) return *wrong;
  const std::size_t json_bytes = std::get<std::size_t>(length);
  if (json_bytes == 0 && request.field(kJsonLengthField)) return raw_request(request, *target.card);
  const std::string_view body = request.body;
  auto json = read_infer_json(body.substr(0, json_bytes), target.max_batch);
  if (auto* wrong = std::get_if<Problem>(&json)) return std::move(*wrong);
  return json_request(std::get<InferJson>(json), body.substr(json_bytes), target);
}

}  // namespace paucal::serve
