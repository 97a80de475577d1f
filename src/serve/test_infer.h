#pragma once
// For tests: requests of the protocol, in JSON and in binary, through the routes.

#include "base/base64.h"
#include "serve/test_call.h"

namespace paucal::serve {

inline constexpr const char* kInfer = "/v2/models/screws/infer";

inline std::string base64_of(const std::string& bytes) {
  return to_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

// BYTES in JSON.
inline Json file_request(const std::vector<std::string>& files) {
  Json input = {{"name", "image"},
                {"shape", {files.size()}},
                {"datatype", "BYTES"},
                {"parameters", {{"content_type", "base64"}}},
                {"data", Json::array()}};
  for (const std::string& file : files) input["data"].push_back(base64_of(file));
  return {{"inputs", Json::array({input})}};
}

inline Json pixel_request(const Json& shape, const Json& data) {
  return {{"inputs",
           Json::array(
               {{{"name", "image"}, {"shape", shape}, {"datatype", "UINT8"}, {"data", data}}})}};
}

inline std::string length_prefixed(const std::string& bytes) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(bytes.size() >> (8 * i));
  return out + bytes;
}

struct BinaryRequest {
  std::string body;
  std::vector<http::Field> fields;
};

// JSON and tensors behind it.
inline BinaryRequest binary_request(Json json, const std::string& tensors) {
  json["inputs"][0].erase("data");
  if (!json["inputs"][0]["parameters"].contains("binary_data_size"))
    json["inputs"][0]["parameters"]["binary_data_size"] = tensors.size();
  const std::string text = dump_json(json);
  return {text + tensors, {{"inference-header-content-length", std::to_string(text.size())}}};
}

inline const Json& output(const Json& answer, std::string_view name) {
  for (const Json& candidate : answer["outputs"])
    if (candidate["name"] == name) return candidate;
  static const Json none;
  ADD_FAILURE() << "no output " << name;
  return none;
}

class InferTest : public RoutesTest {
 protected:
  http::Response infer(const Json& request) { return post(kInfer, dump_json(request)); }
  http::Response infer(BinaryRequest request) {
    return post(kInfer, std::move(request.body), std::move(request.fields));
  }
  std::string refusal(const Json& request, int status = 400) {
    const http::Response response = infer(request);
    EXPECT_EQ(response.status, status) << response.body;
    return error(response);
  }
};

}  // namespace paucal::serve
