// Requests of the protocol that are refused, and what is said of them.

#include <gmock/gmock.h>

#include "serve/infer_request.h"
#include "serve/test_infer.h"

namespace paucal::serve {
namespace {

using testing::HasSubstr;

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
