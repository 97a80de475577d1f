// What clients send, byte for byte (tests/serve/requests; bench/serve_clients.py records those of
// Triton's and KServe's clients in Python), and whether each could read the answer: its own rules
// of parsing stand here.

#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "base/files.h"
#include "http/server/request_reader.h"
#include "serve/test_call.h"

namespace paucal::serve {
namespace {

struct Transcript {
  std::string name;  // CLIENT-CALL
  std::vector<http::Request> requests;

  std::string client() const { return name.substr(0, name.find('-')); }
  bool has(std::string_view text) const { return name.find(text) != std::string::npos; }
  int status() const { return has("unknown-model") ? 404 : has("no-image") ? 400 : 200; }
};

// As the server reads them.
std::vector<http::Request> requests_in(const std::string& bytes) {
  using Step = http::RequestReader::Step;
  const http::ServerOptions options;
  const auto reader = http::make_request_reader(options);
  std::vector<http::Request> requests;
  reader->add(bytes);
  for (;;) {
    const Step step = reader->advance();
    if (step == Step::kDone) requests.push_back(reader->take());
    if (step == Step::kRefused) ADD_FAILURE() << reader->refusal().body;
    if (step == Step::kRefused || step == Step::kMore) return requests;
  }
}

std::vector<Transcript> transcripts() {
  std::vector<Transcript> all;
  const std::filesystem::path folder =
      std::filesystem::path(PAUCAL_SOURCE_DIR) / "tests/serve/requests";
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".http")
      all.push_back({entry.path().stem().string(), requests_in(read_text(entry.path()))});
  return all;
}

std::size_t elements_of(const Json& shape) {
  return std::accumulate(
      shape.begin(), shape.end(), std::size_t{1},
      [](std::size_t n, const Json& side) { return n * side.get<std::size_t>(); });
}

std::size_t bytes_of_element(const std::string& datatype) {
  return datatype == "BOOL" ? 1 : 4;
}

// Python: deserialize_bytes_tensor().
std::size_t strings_in(std::string_view bytes) {
  std::size_t count = 0;
  while (!bytes.empty()) {
    std::uint32_t size = 0;
    if (bytes.size() < 4) return std::string::npos;
    std::memcpy(&size, bytes.data(), 4);
    if (size > bytes.size() - 4) return std::string::npos;
    bytes.remove_prefix(4 + size);
    ++count;
  }
  return count;
}

// tritonclient.http's InferResult: without the header all is JSON; with it what follows is cut by
// binary_data_size in the order of the outputs. In C++ parameters without binary_data_size are an
// error. A compressed answer is undone first, so the length is that of the JSON before.
void check_infer_answer(const http::Response& response, const std::string& name) {
  SCOPED_TRACE(name);
  const std::string length = field_of(response, "Inference-Header-Content-Length");
  const std::size_t json_bytes = length.empty() ? response.body.size() : std::stoul(length);
  EXPECT_EQ(response.content_type,
            length.empty() ? "application/json" : "application/octet-stream");
  ASSERT_LE(json_bytes, response.body.size());
  const Json answer = Json::parse(response.body.substr(0, json_bytes));
  std::string_view tensors = std::string_view(response.body).substr(json_bytes);
  EXPECT_EQ(answer["model_name"], "screws");
  EXPECT_TRUE(answer["model_version"].is_string());
  for (const Json& output : answer["outputs"]) {
    SCOPED_TRACE(output.dump());
    const std::size_t elements = elements_of(output["shape"]);
    const std::string datatype = output["datatype"];
    if (!output.contains("parameters")) {
      EXPECT_EQ(output["data"].size(), elements);
      continue;
    }
    EXPECT_EQ(output["parameters"].size(), 1u);
    EXPECT_FALSE(output.contains("data"));
    const std::size_t size = output["parameters"].at("binary_data_size");
    ASSERT_LE(size, tensors.size());
    if (datatype == "BYTES") {
      EXPECT_EQ(strings_in(tensors.substr(0, size)), elements);
    } else {
      EXPECT_EQ(size, elements * bytes_of_element(datatype));
    }
    tensors.remove_prefix(size);
  }
  EXPECT_TRUE(tensors.empty());
}

class ClientsTest : public RoutesTest {
 protected:
  void check(const Transcript& transcript) {
    SCOPED_TRACE(transcript.name);
    ASSERT_EQ(transcript.requests.size(), 1u);
    const http::Request& request = transcript.requests[0];
    const http::Response response = send(request);
    EXPECT_EQ(response.status, transcript.status()) << response.body;
    const bool infer = !request.path.empty() && request.path.back() == "infer";
    // The aio client undoes gzip of answers to infer alone, and of none that fail.
    EXPECT_TRUE(!response.may_compress || (infer && response.status == 200));
    if (response.status != 200) {
      // KServe's client reads the text of exactly this type.
      EXPECT_NE(json_of(response).at("error"), "");
    } else if (infer) {
      check_infer_answer(response, transcript.name);
    } else {
      check_other(transcript, response);
    }
  }
  void check_other(const Transcript& transcript, const http::Response& response) {
    if (transcript.has("-live")) {
      EXPECT_EQ(json_of(response)["live"], true);
    }
    if (transcript.has("-ready")) {
      EXPECT_EQ(json_of(response)["ready"], true);
    }
    if (transcript.has("-index")) {
      EXPECT_TRUE(json_of(response).is_array());
    }
    if (transcript.has("-load")) {
      EXPECT_TRUE(response.body.empty());
    }
    if (transcript.has("-statistics")) {
      EXPECT_TRUE(json_of(response).contains("model_stats"));
    }
    if (transcript.has("-config")) {
      EXPECT_TRUE(json_of(response)["max_batch_size"].is_number());
    }
    if (transcript.has("-predict")) {
      EXPECT_EQ(response.body, engine_.predicted(inspection_card(), 0xFF).json + "\n");
    }
  }
};

TEST_F(ClientsTest, EachClientCanReadItsAnswer) {
  const std::vector<Transcript> all = transcripts();
  EXPECT_GE(all.size(), 12u);
  for (const Transcript& transcript : all) check(transcript);
}

// A copy of the JSON's length that is wrong, or a body that is cut, is the client's fault.
TEST_F(ClientsTest, CutBodiesAre400AndNever500) {
  for (const Transcript& transcript : transcripts()) {
    http::Request request = transcript.requests.at(0);
    if (request.path.back() != "infer" || transcript.status() != 200) continue;
    const std::string body = request.body;
    const bool raw = transcript.has("raw");
    for (std::size_t cut = 0; cut < body.size(); cut += 1 + body.size() / 100) {
      request.body = body.substr(0, cut);
      const http::Response response = send(request);
      EXPECT_TRUE(response.status == 400 || (raw && response.status == 200))
          << transcript.name << " " << cut << " " << response.body;
    }
  }
}

}  // namespace
}  // namespace paucal::serve
