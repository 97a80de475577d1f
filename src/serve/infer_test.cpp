// Requests of the protocol that are answered.

#include <gmock/gmock.h>

#include "serve/infer_request.h"
#include "serve/test_infer.h"

namespace paucal::serve {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace paucal::serve
