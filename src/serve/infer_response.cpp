#include "serve/infer_response.h"

#include "base/json_text.h"
#include "serve/output_tensor.h"

namespace paucal::serve {

http::Response infer_response(const InferRequest& request, const Done& done) {
  std::string json = fmt::format("{{\"model_name\":{},\"model_version\":\"{}\"",
                                 dump_json(done.served->name), done.served->version);
  if (!request.id.empty()) json += ",\"id\":" + dump_json(request.id);
  json += ",\"outputs\":[";
  std::string tensors;
  for (std::size_t i = 0; i < request.outputs.size(); ++i) {
    const WantedOutput& wanted = request.outputs[i];
    // Another model may serve by now than the one the request was read for.
    if (find_output(done.served->card, wanted.row->name) == nullptr)
      return response_of(problem(503, "infer", "model '{}' was exchanged, expected a new request",
                                 done.served->name));
    const auto made = output_tensor(wanted, done);
    if (const auto* wrong = std::get_if<Problem>(&made)) return response_of(*wrong);
    const auto& tensor = std::get<Tensor>(made);
    json += fmt::format("{}{{\"name\":\"{}\",\"datatype\":\"{}\",\"shape\":[{}],", i > 0 ? "," : "",
                        tensor.name, tensor.datatype, fmt::join(tensor.shape, ","));
    if (wanted.binary) {
      const std::string bytes = binary_values(tensor);
      // No other parameter: a client of Triton's in C++ takes any for a sign of binary data.
      json += fmt::format("\"parameters\":{{\"binary_data_size\":{}}}}}", bytes.size());
      tensors += bytes;
    } else {
      json += "\"data\":" + json_values(tensor) + "}";
    }
  }
  json += "]}";
  http::Response response = json_response(200, std::move(json));
  response.may_compress = tensors.empty();
  if (!tensors.empty()) {
    response.content_type = "application/octet-stream";
    response.fields.push_back(
        {std::string(kJsonLengthField), std::to_string(response.body.size())});
    response.body += tensors;
  }
  return response;
}

}  // namespace paucal::serve
