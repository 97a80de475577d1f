// Requests of the protocol through the routes.

#include <gmock/gmock.h>

#include "base/base64.h"
#include "serve/infer_request.h"
#include "serve/test_call.h"

namespace paucal::serve {
namespace {

using testing::HasSubstr;

constexpr const char* kInfer = "/v2/models/screws/infer";

std::string base64_of(const std::string& bytes) {
  return to_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

// BYTES in JSON.
Json file_request(const std::vector<std::string>& files) {
  Json input = {{"name", "image"},
                {"shape", {files.size()}},
                {"datatype", "BYTES"},
                {"parameters", {{"content_type", "base64"}}},
                {"data", Json::array()}};
  for (const std::string& file : files) input["data"].push_back(base64_of(file));
  return {{"inputs", Json::array({input})}};
}

Json pixel_request(const Json& shape, const Json& data) {
  return {{"inputs",
           Json::array(
               {{{"name", "image"}, {"shape", shape}, {"datatype", "UINT8"}, {"data", data}}})}};
}

std::string length_prefixed(const std::string& bytes) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(bytes.size() >> (8 * i));
  return out + bytes;
}

struct BinaryRequest {
  std::string body;
  std::vector<http::Field> fields;
};

// JSON and tensors behind it.
BinaryRequest binary_request(Json json, const std::string& tensors) {
  json["inputs"][0].erase("data");
  if (!json["inputs"][0]["parameters"].contains("binary_data_size"))
    json["inputs"][0]["parameters"]["binary_data_size"] = tensors.size();
  const std::string text = dump_json(json);
  return {text + tensors, {{"inference-header-content-length", std::to_string(text.size())}}};
}

const Json& output(const Json& answer, std::string_view name) {
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

TEST_F(InferTest, FilesInJsonGiveAllOutputsButHeat) {
  Json request = file_request({jpeg_like(210), jpeg_like(100), jpeg_like(0)});
  request["id"] = "a \"b\"";
  const http::Response response = infer(request);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_TRUE(response.may_compress);
  EXPECT_TRUE(response.fields.empty());
  const Json answer = json_of(response);
  EXPECT_EQ(answer["model_name"], "screws");
  EXPECT_EQ(answer["model_version"], "2");
  EXPECT_EQ(answer["id"], "a \"b\"");
  EXPECT_EQ(answer["outputs"].size(), 8u);
  EXPECT_EQ(output(answer, "ng")["data"], Json({true, false, false}));
  EXPECT_EQ(output(answer, "ng")["datatype"], "BOOL");
  EXPECT_EQ(output(answer, "label")["data"], Json({"NG", "OK", "OK"}));
  EXPECT_EQ(output(answer, "num_boxes")["data"], Json({2, 1, 0}));
  EXPECT_EQ(output(answer, "boxes")["shape"], Json({3, 2, 4}));
  EXPECT_EQ(output(answer, "boxes")["data"],
            Json::parse("[0.5,1,2.5,4,1.5,1,3.5,4,0.5,1,2.5,4,0,0,0,0,0,0,0,0,0,0,0,0]"));
  EXPECT_EQ(output(answer, "box_labels")["data"], Json({0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(output(answer, "json")["data"][0], TestEngine::predicted(inspection_card(), 210).json);
  for (const Json& one : answer["outputs"]) EXPECT_FALSE(one.contains("parameters"));
}

TEST_F(InferTest, IdsThatAreEmptyDoNotComeBack) {
  Json request = file_request({jpeg_like(1)});
  for (const Json& id : {Json(""), Json()}) {
    request["id"] = id;
    EXPECT_FALSE(json_of(infer(request)).contains("id"));
  }
}

TEST_F(InferTest, PixelsOfOneImageOrSeveralNestedOrFlat) {
  EXPECT_EQ(output(json_of(infer(pixel_request({1, 1, 3}, {200, 1, 2}))), "ng")["data"][0], true);
  const Json two = pixel_request({2, 1, 2, 1}, Json::parse("[[[[3],[4]]],[[[250],[6]]]]"));
  EXPECT_EQ(output(json_of(infer(two)), "ng")["data"], Json({false, true}));
  const auto& image = std::get<edge::Image>(engine_.jobs.back().inputs[1]);
  EXPECT_EQ(image.width, 2);
  EXPECT_EQ(image.channels, 1);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{250, 6}));
}

TEST_F(InferTest, BgrIsTurned) {
  Json request = pixel_request({1, 2, 3}, {1, 2, 3, 4, 5, 6});
  request["inputs"][0]["parameters"]["format"] = "bgr";
  infer(request);
  EXPECT_EQ(std::get<edge::Image>(engine_.jobs.back().inputs[0]).pixels,
            (std::vector<std::uint8_t>{3, 2, 1, 6, 5, 4}));
  request["inputs"][0]["parameters"]["format"] = "grey";
  EXPECT_THAT(refusal(request), HasSubstr("3 channels"));
  request["inputs"][0]["parameters"]["format"] = "yuv";
  EXPECT_THAT(refusal(request), HasSubstr("rgb, bgr or grey"));
}

TEST_F(InferTest, KeysMayComeInAnyOrder) {
  const http::Response response = post(
      kInfer, R"({"inputs":[{"data":[200,1,2],"extra":{"a":[{}]},"shape":[1,1,3],"name":"image",
                 "datatype":"UINT8"}],"later":[[1],{"x":null}],"model_name":"screws"})");
  EXPECT_EQ(response.status, 200) << response.body;
}

TEST_F(InferTest, FilesAndPixelsInBinary) {
  const std::string files = length_prefixed(jpeg_like(210)) + length_prefixed(jpeg_like(10));
  const Json answer = json_of(infer(binary_request(file_request({"", ""}), files)));
  EXPECT_EQ(output(answer, "ng")["data"], Json({true, false}));
  EXPECT_EQ(std::get<EncodedImage>(engine_.jobs.back().inputs[1]), jpeg_like(10));
  EXPECT_EQ(infer(binary_request(pixel_request({2, 1, 1, 3}, {}), "abcdef")).status, 200);
  EXPECT_EQ(std::get<edge::Image>(engine_.jobs.back().inputs[1]).pixels[0], 'd');
}

TEST_F(InferTest, BinaryOutputsFollowTheJson) {
  Json request = file_request({jpeg_like(210), jpeg_like(10)});
  request["parameters"]["binary_data_output"] = true;
  request["outputs"] = Json::parse(R"([{"name": "probability"},
      {"name": "ng", "parameters": {"binary_data": false}}, {"name": "label"}])");
  const http::Response response = infer(request);
  EXPECT_EQ(response.content_type, "application/octet-stream");
  EXPECT_FALSE(response.may_compress);
  const std::size_t length = std::stoul(field_of(response, "Inference-Header-Content-Length"));
  const Json answer = Json::parse(response.body.substr(0, length));
  EXPECT_EQ(output(answer, "ng")["data"], Json({true, false}));
  EXPECT_EQ(output(answer, "probability")["parameters"], Json({{"binary_data_size", 8}}));
  float probability = 0;
  std::memcpy(&probability, response.body.data() + length, sizeof(probability));
  EXPECT_FLOAT_EQ(probability, 210.f / 255);
  EXPECT_EQ(response.body.substr(length + 8), length_prefixed("NG") + length_prefixed("OK"));
}

// Without a byte behind the JSON the header is not there: clients would read nothing.
TEST_F(InferTest, EmptyBinaryOutputsAreJsonAlone) {
  Json request = file_request({jpeg_like(10)});
  request["outputs"] = Json::parse(R"([{"name": "boxes", "parameters": {"binary_data": true}}])");
  const http::Response response = infer(request);
  EXPECT_TRUE(response.fields.empty());
  const Json boxes = output(json_of(response), "boxes");
  EXPECT_EQ(boxes["shape"], Json({1, 0, 4}));
  EXPECT_EQ(boxes["parameters"]["binary_data_size"], 0);
}

TEST_F(InferTest, AFileAloneIsARawRequest) {
  const http::Field raw = {"Inference-Header-Content-Length", "0"};
  const http::Response binary = post(std::string(kInfer) + "?part=7", jpeg_like(210), {raw});
  EXPECT_EQ(binary.content_type, "application/octet-stream");
  EXPECT_EQ(engine_.jobs.back().facts.part, "7");
  const http::Response json =
      post(kInfer, jpeg_like(210), {raw, {"Accept", "Application/JSON, */*"}});
  EXPECT_EQ(output(json_of(json), "ng")["data"][0], true);
  EXPECT_EQ(post(kInfer, "no image", {raw}).status, 400);
}

TEST_F(InferTest, HeatIsThereWhereItIsNamed) {
  Json request = file_request({jpeg_like(210), jpeg_like(10)});
  request["outputs"] = Json::parse(R"([{"name": "heat"}])");
  const Json answer = json_of(infer(request));
  EXPECT_EQ(answer["outputs"].size(), 1u);
  EXPECT_EQ(answer["outputs"][0]["shape"], Json({2, 2, 3}));
  EXPECT_EQ(answer["outputs"][0]["data"].size(), 12u);
}

TEST_F(InferTest, ClassificationGivesTheBestFirst) {
  Json request = file_request({jpeg_like(204), jpeg_like(0)});
  request["outputs"] =
      Json::parse(R"([{"name": "probabilities", "parameters": {"classification": 2}}])");
  const auto parts = [&] {
    return json_of(post("/v2/models/parts/infer", dump_json(request)))["outputs"][0];
  };
  EXPECT_EQ(parts()["datatype"], "BYTES");
  EXPECT_EQ(parts()["shape"], Json({2, 2}));
  EXPECT_EQ(parts()["data"], Json({"0.8:1:nut", "0.2:0:bolt", "1:0:bolt", "0:1:nut"}));
  request["outputs"][0]["parameters"]["classification"] = 99;
  EXPECT_EQ(parts()["shape"], Json({2, 3}));
  EXPECT_EQ(parts()["data"][2], "0:2:wash\"er");
  request["outputs"][0]["parameters"]["classification"] = 0;
  EXPECT_EQ(parts()["datatype"], "FP32");
  request["outputs"][0] = {{"name", "probability"}, {"parameters", {{"classification", 1}}}};
  EXPECT_EQ(post("/v2/models/parts/infer", dump_json(request)).status, 400);
}

TEST_F(InferTest, ParametersAreKeptWithTheImages) {
  Json request = file_request({jpeg_like(1)});
  request["parameters"] = {{"timeout", 250},       {"part", 12},       {"station", "north"},
                           {"captured_at", "now"}, {"priority", 3},    {"sequence_id", "x"},
                           {"request_key", "k"},   {"headers", "any"}, {"nested", {{"a", 1}}}};
  EXPECT_EQ(infer(request).status, 200);
  const Job& job = engine_.jobs.back();
  EXPECT_EQ(job.wait, std::chrono::microseconds(250));
  EXPECT_EQ(job.facts.part, "12");
  EXPECT_EQ(job.facts.station, "north");
  EXPECT_EQ(job.facts.captured_at, "now");
  EXPECT_EQ(job.facts.request_key, "k");
  request["parameters"] = {{"timeout", 0}};
  infer(request);
  EXPECT_FALSE(engine_.jobs.back().wait);
  for (const Json& bad : {Json{{"timeout", -1}}, Json{{"timeout", "1"}}, Json{{"timeout", 1.5}},
                          Json{{"triton_enable", true}}, Json{{"part", true}},
                          Json{{"part", std::string(257, 'x')}}}) {
    request["parameters"] = bad;
    EXPECT_EQ(infer(request).status, 400) << bad.dump();
  }
}

// KServe's client writes null beside an empty tensor.
TEST_F(InferTest, AnEmptyTensorGivesEmptyOutputs) {
  const http::Response response =
      post(kInfer, R"({"id":"1","model_name":"screws","inputs":[{"name":"image","shape":[0],
                 "datatype":"BYTES","parameters":{"binary_data_size":0},"data":null}]})");
  ASSERT_EQ(response.status, 200) << response.body;
  const Json answer = json_of(response);
  EXPECT_EQ(output(answer, "ng")["shape"], Json({0}));
  EXPECT_EQ(output(answer, "boxes")["shape"], Json({0, 0, 4}));
  EXPECT_TRUE(engine_.jobs.empty());
}

TEST_F(InferTest, TheNameInTheBodyIsThatOfThePath) {
  Json request = file_request({jpeg_like(1)});
  request["model_name"] = "parts";
  EXPECT_THAT(refusal(request), HasSubstr("'parts', expected 'screws'"));
}

TEST_F(InferTest, SharedMemoryIsNotThere) {
  Json request = file_request({jpeg_like(1)});
  request["outputs"] =
      Json::parse(R"([{"name": "ng", "parameters": {"shared_memory_region": "r"}}])");
  refusal(request, 501);
  request.erase("outputs");
  request["inputs"][0]["parameters"]["shared_memory_region"] = "r";
  refusal(request, 501);
}

TEST_F(InferTest, TheWrongImageIsNamed) {
  EXPECT_THAT(refusal(file_request({jpeg_like(1), "x"})), HasSubstr("image 1"));
}

TEST_F(InferTest, ShapesAreChecked) {
  for (const char* shape : {"[]", "[-1]", "[2]", "[1,2]", "[1,1,1]", "[1.5]", "[\"1\"]", "[null]",
                            "[5]", "[[1]]", "[4294967297]", "[18446744073709551616]", "[1e3]",
                            "\"-1\"", "1", "{}", "null", "[1,1,1,1,1,1,1,1,1]"}) {
    Json request = file_request({jpeg_like(1)});
    std::string text = dump_json(request);
    const auto at = text.find("[1]");
    text.replace(at, 3, shape);
    EXPECT_EQ(post(kInfer, text).status, 400) << shape;
  }
  for (const Json& shape :
       {Json{1, 1, 2}, Json{1, 1}, Json{0, 1, 3}, Json{1, 0, 3}, Json{1000, 1001, 1},
        Json{5, 1, 1, 3}, Json{4294967296, 4294967296, 3}, Json{4, 4294967296, 4294967296, 3},
        Json{2, 1, 3}, Json{1, 1, 1, 1, 3}, Json::array()}) {
    EXPECT_EQ(infer(pixel_request(shape, {1, 2, 3})).status, 400) << shape.dump();
    EXPECT_EQ(infer(binary_request(pixel_request(shape, {}), "abc")).status, 400) << shape.dump();
  }
}

TEST_F(InferTest, ValuesOutsideTheirTypeAreRefused) {
  for (const char* data : {"[256,0,0]", "[-1,0,0]", "[1.5,0,0]", "[true,0,0]", "[null,0,0]",
                           "[\"1\",0,0]", "[NaN,0,0]", "[Infinity,0,0]", "[1e999,0,0]", "[{},0,0]",
                           "[0,0]", "[0,0,0,0]", "[]", "[[0,0],[]]", "null", "1", "\"a\"", "{}"}) {
    const std::string text = fmt::format(
        R"({{"inputs":[{{"name":"image","shape":[1,1,3],"datatype":"UINT8","data":{}}}]}})", data);
    EXPECT_EQ(post(kInfer, text).status, 400) << data;
  }
}

TEST_F(InferTest, BytesInJsonAreBase64AndSaySo) {
  Json request = file_request({jpeg_like(1)});
  request["inputs"][0]["data"][0] = "not base64!";
  EXPECT_THAT(refusal(request), HasSubstr("image 0: no base64"));
  request["inputs"][0]["data"] = {1, 2};
  EXPECT_EQ(infer(request).status, 400);
  request["inputs"][0]["data"] = std::vector<std::string>(5, "AAAA");
  EXPECT_EQ(infer(request).status, 400);
  request = file_request({jpeg_like(1)});
  request["inputs"][0].erase("parameters");
  EXPECT_THAT(refusal(request), HasSubstr("content_type"));
}

TEST_F(InferTest, NamesAreKnownAndOnce) {
  Json request = file_request({jpeg_like(1)});
  const Json one = request["inputs"][0];
  request["inputs"].push_back(one);
  EXPECT_EQ(infer(request).status, 400);
  request["inputs"] = Json::array();
  EXPECT_THAT(refusal(request), HasSubstr("inputs []"));
  request["inputs"] = Json::array({one});
  request["inputs"][0]["name"] = "IMAGE";
  EXPECT_THAT(refusal(request), HasSubstr("'image'"));
  request["inputs"] = Json::array({one});
  request["inputs"][0]["datatype"] = "FP16";
  EXPECT_THAT(refusal(request), HasSubstr("FP16"));
  request["inputs"] = Json::array({one});
  request["outputs"] = Json::parse(R"([{"name": "OUTPUT0"}])");
  EXPECT_THAT(refusal(request), HasSubstr("one of ng, probability"));
  request["outputs"] = Json::parse(R"([{"name": "ng"}, {"name": "ng"}])");
  EXPECT_THAT(refusal(request), HasSubstr("twice"));
  request["outputs"] = Json::array();
  for (int i = 0; i < 1000; ++i) request["outputs"].push_back({{"name", "ng"}});
  EXPECT_EQ(infer(request).status, 400);
}

TEST_F(InferTest, DamagedJsonIsA400) {
  const std::string good = dump_json(file_request({jpeg_like(1)}));
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_EQ(post(kInfer, good.substr(0, cut)).status, 400) << cut;
  for (const char* text : {"",
                           "[]",
                           "1",
                           "null",
                           "\"x\"",
                           "{}",
                           "{\"inputs\":{}}",
                           "{\"inputs\":[1]}",
                           "{\"inputs\":[[]]}",
                           "{\"inputs\":null}",
                           "{\"inputs\":[],\"inputs\":[]}",
                           "{\"id\":1}",
                           "{\"id\":{}}",
                           "{\"outputs\":3}",
                           "{\"outputs\":[3]}",
                           "{\"parameters\":[]}",
                           "{\"parameters\":{\"a\":1,\"a\":2}}",
                           "{\"id\":\"\xff\"}",
                           "{} {}",
                           "{\"model_name\":1}"})
    EXPECT_EQ(post(kInfer, text).status, 400) << text;
  EXPECT_EQ(post(kInfer, std::string(250'000, '[')).status, 400);
  EXPECT_THAT(error(post(kInfer, "{\"x\":" + std::string(250'000, '['))), HasSubstr("32 levels"));
  std::string keys = "{\"parameters\":{";
  for (int i = 0; i < 200; ++i) keys += fmt::format("\"k{}\":{},", i, i);
  EXPECT_EQ(post(kInfer, keys + "\"z\":1}}").status, 400);
}

// On another thread than small ones.
TEST_F(InferTest, LargeJsonIsReadAsWell) {
  const Json large =
      pixel_request({1, 400, 400, 1}, std::vector<int>(160'000, 200));  // above 128 KiB as text
  EXPECT_EQ(output(json_of(infer(large)), "ng")["data"][0], true);
  EXPECT_EQ(post(kInfer, std::string(1 << 20, '{')).status, 400);
  const http::Response raw =
      post(kInfer, jpeg_like(210, 1 << 20), {{"Inference-Header-Content-Length", "0"}});
  EXPECT_EQ(raw.status, 200);
}

TEST_F(InferTest, LengthsOfJsonAndTensorsAreChecked) {
  const BinaryRequest good = binary_request(file_request({""}), length_prefixed(jpeg_like(210)));
  ASSERT_EQ(infer(good).status, 200);
  for (const char* length : {"99999999999", "18446744073709551616", "-1", "+5", "", " 5", "5x",
                             "0x10", "1e2", "999999"}) {
    BinaryRequest bad = good;
    bad.fields[0].value = length;
    EXPECT_EQ(infer(bad).status, 400) << length;
  }
  BinaryRequest longer = good, shorter = good;
  longer.body += "x";
  EXPECT_THAT(error(infer(longer)), HasSubstr("unexpected additional input data"));
  shorter.body.pop_back();
  EXPECT_THAT(error(infer(shorter)), HasSubstr("unexpected size for input"));
  Json request = file_request({""});
  for (const Json& size : {Json(-1), Json("5"), Json(1.5), Json(true), Json(4'000'000'000)}) {
    request["inputs"][0]["parameters"]["binary_data_size"] = size;
    EXPECT_EQ(infer(binary_request(request, "\5\0\0\0hello")).status, 400) << size.dump();
  }
}

TEST_F(InferTest, ElementsOfBytesStayWithinTheirTensor) {
  for (const std::string& tensor :
       {std::string("\xff\xff\xff\xff"
                    "abc",
                    7),
        std::string("\1\0\0", 3), std::string(), std::string("\4\0\0\0abc", 7),
        std::string("\2\0\0\0abc", 7), std::string("\3\0\0\0", 4)})
    EXPECT_EQ(infer(binary_request(file_request({""}), tensor)).status, 400) << tensor.size();
  Json json = file_request({"a"});
  json["inputs"][0]["parameters"]["binary_data_size"] = 5;
  const std::string text = dump_json(json);
  EXPECT_EQ(post(kInfer, text + length_prefixed("a"),
                 {{"Inference-Header-Content-Length", std::to_string(text.size())}})
                .status,
            400);
}

}  // namespace
}  // namespace paucal::serve
