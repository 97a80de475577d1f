#include "serve/routes.h"

#include <gmock/gmock.h>

#include "base/base64.h"
#include "edge/pre/decode.h"
#include "serve/test_call.h"

namespace paucal::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(RoutesTest, ServerAndHealthWithAndWithoutSlash) {
  for (const char* slash : {"", "/"}) {
    const Json server = json_of(get(fmt::format("/v2{}", slash)));
    EXPECT_EQ(server["name"], "paucal");
    EXPECT_EQ(server["version"], "1.2.3");
    EXPECT_EQ(server["extensions"].size(), 6u);
    EXPECT_EQ(json_of(get(fmt::format("/v2/health/live{}", slash)))["live"], true);
    EXPECT_EQ(json_of(get(fmt::format("/v2/health/ready{}", slash)))["ready"], true);
  }
}

TEST_F(RoutesTest, NotReadyIs503WithABody) {
  engine_.is_ready = false;
  const http::Response ready = get("/v2/health/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(json_of(ready)["ready"], false);
  EXPECT_NE(error(ready), "");
  EXPECT_EQ(get("/v2/health/live").status, 200);
}

TEST_F(RoutesTest, UnknownPathsAndMethods) {
  for (const char* path :
       {"/", "/v1", "/v2/nothing", "/v2/models/screws/versions/x", "/v2/models/screws/versions/-1",
        "/v2/models/screws/versions/1/x", "/v2/models/screws/versions/99999999999", "/v2//models"})
    EXPECT_EQ(get(path).status, 404) << path;
  EXPECT_THAT(error(get("/v3")), HasSubstr("no such path"));
  const http::Response wrong = get("/v2/models/screws/infer");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(field_of(wrong, "Allow"), "POST");
  const http::Response index = get("/v2/repository/index");
  EXPECT_EQ(index.status, 405);
  const http::Response posted = post("/v2");
  EXPECT_EQ(field_of(posted, "Allow"), "GET, HEAD");
  EXPECT_EQ(send(request_for("HEAD", "/v2")).status, 200);
}

TEST_F(RoutesTest, ModelsAndTheirMetadata) {
  EXPECT_EQ(json_of(get("/v2/models"))["models"], Json({"asleep", "parts", "screws"}));
  const Json screws = json_of(get("/v2/models/screws"));
  EXPECT_EQ(screws["name"], "screws");
  EXPECT_EQ(screws["versions"], Json({"1", "2"}));
  EXPECT_EQ(screws["platform"], "paucal_graph");
  EXPECT_EQ(screws["inputs"],
            Json::parse(R"([{"name": "image", "datatype": "BYTES", "shape": [-1]}])"));
  std::vector<std::string> names;
  for (const Json& output : screws["outputs"]) names.push_back(output["name"]);
  EXPECT_THAT(names, ElementsAre("ng", "probability", "label", "num_boxes", "boxes", "scores",
                                 "box_labels", "json", "heat"));
  EXPECT_EQ(screws["outputs"][4]["shape"], Json({-1, -1, 4}));
  const Json parts = json_of(get("/v2/models/parts/versions/1"));
  EXPECT_EQ(parts["outputs"][2]["name"], "probabilities");
  EXPECT_EQ(parts["outputs"][2]["shape"], Json({-1, 3}));
  EXPECT_EQ(get("/v2/models/nuts").status, 404);
  EXPECT_EQ(get("/v2/models/screws/versions/3").status, 404);
  EXPECT_EQ(get("/v2/models/asleep").status, 503);
}

TEST_F(RoutesTest, ModelsTellWhetherTheyAreReady) {
  const Json screws = json_of(get("/v2/models/screws/ready"));
  EXPECT_EQ(screws, Json::parse(R"({"name": "screws", "version": "2", "ready": true})"));
  EXPECT_EQ(json_of(get("/v2/models/screws/versions/1/ready"))["version"], "1");
  EXPECT_EQ(get("/v2/models/nuts/ready").status, 404);
  const http::Response asleep = get("/v2/models/asleep/ready");
  EXPECT_EQ(asleep.status, 503);
  EXPECT_EQ(json_of(asleep)["ready"], false);
}

// perf_analyzer drops the first of the metadata's dimensions where max_batch_size is above 0.
TEST_F(RoutesTest, ConfigurationFitsTheMetadata) {
  const Json config = json_of(get("/v2/models/parts/config"));
  const Json metadata = json_of(get("/v2/models/parts"));
  EXPECT_EQ(config["max_batch_size"], 4);
  EXPECT_TRUE(config["dynamic_batching"].is_object());
  EXPECT_EQ(config["input"][0]["name"], "image");
  EXPECT_EQ(config["input"][0]["optional"], false);
  ASSERT_EQ(config["output"].size(), metadata["outputs"].size());
  for (std::size_t i = 0; i < config["output"].size(); ++i) {
    Json shape = metadata["outputs"][i]["shape"];
    shape.erase(0);
    EXPECT_EQ(config["output"][i]["dims"], shape);
    EXPECT_EQ(config["output"][i]["name"], metadata["outputs"][i]["name"]);
  }
}

TEST_F(RoutesTest, StatisticsOfAllAndOfOne) {
  const Json all = json_of(get("/v2/models/stats"));
  ASSERT_EQ(all["model_stats"].size(), 1u);
  const Json& screws = all["model_stats"][0];
  EXPECT_EQ(screws["inference_count"], 7);
  EXPECT_EQ(screws["inference_stats"]["success"], Json({{"count", 5}, {"ns", 50'000'000}}));
  for (const char* key : {"fail", "queue", "compute_input", "compute_infer", "compute_output",
                          "cache_hit", "cache_miss"})
    EXPECT_TRUE(screws["inference_stats"][key].contains("ns")) << key;
  EXPECT_EQ(json_of(get("/v2/models/screws/stats"))["model_stats"].size(), 1u);
  EXPECT_EQ(json_of(get("/v2/models/screws/versions/1/stats"))["model_stats"].size(), 0u);
  EXPECT_EQ(get("/v2/models/nuts/stats").status, 404);
}

TEST_F(RoutesTest, IndexTakesNoBodyOrAFilter) {
  for (const char* body : {"", "{}", "{\"ready\": false}"})
    EXPECT_EQ(json_of(post("/v2/repository/index", body)).size(), 2u) << body;
  const Json ready = json_of(post("/v2/repository/own/index/", "{\"ready\": true}"));
  EXPECT_EQ(ready, Json::parse(R"([{"name":"screws","version":"2","state":"READY","reason":""}])"));
  for (const char* body : {"[", "[]", "{\"ready\": 1}"})
    EXPECT_EQ(post("/v2/repository/index", body).status, 400) << body;
  EXPECT_EQ(post("/v2/repository/index", std::string(1 << 20, ' ')).status, 400);
}

TEST_F(RoutesTest, LoadUnloadAndRollbackAnswer200WithoutABody) {
  const std::pair<const char*, const char*> calls[] = {
      {"/v2/repository/models/screws/load", ""},
      {"/v2/repository/models/screws/load/", "{}"},
      {"/v2/repository/r/models/screws/load", R"({"parameters": {"version": 3}})"},
      {"/v2/repository/models/screws/load", R"({"parameters": {"version": "4", "other": 1}})"},
      {"/v2/repository/models/screws/unload", R"({"parameters": {"unload_dependents": false}})"},
      {"/v2/repository/models/screws/rollback", ""}};
  for (const auto& [path, body] : calls) {
    const http::Response response = post(path, body);
    EXPECT_EQ(response.status, 200) << path << body;
    EXPECT_EQ(response.body, "");
  }
  EXPECT_THAT(engine_.changes, ElementsAre("load screws -1", "load screws -1", "load screws 3",
                                           "load screws 4", "unload screws", "rollback screws"));
  engine_.refuse = Refused{Refusal::kNotReady, "[load] 'screws': 3 bytes, expected a model"};
  EXPECT_EQ(post("/v2/repository/models/screws/load").status, 503);
  EXPECT_THAT(error(post("/v2/repository/models/screws/rollback")), HasSubstr("3 bytes"));
}

TEST_F(RoutesTest, LoadTakesNoFilesAndNoConfiguration) {
  for (const char* body :
       {R"({"parameters": {"file:1/model.paucal": "AAAA"}})", R"({"parameters": {"config": "{}"}})",
        R"({"parameters": {"version": "1x"}})", R"({"parameters": {"version": -1}})",
        R"({"parameters": {"version": 1.5}})", R"({"parameters": []})", "[]", "{", "null"})
    EXPECT_EQ(post("/v2/repository/models/screws/load", body).status, 400) << body;
  EXPECT_TRUE(engine_.changes.empty());
}

TEST_F(RoutesTest, PredictAnswersTheLineOfThePredictCommand) {
  const http::Response response =
      post("/v2/models/screws/predict?part=p1&station=2&timeout=500", jpeg_like(210));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, TestEngine::predicted(inspection_card(), 210).json + "\n");
  EXPECT_FALSE(response.may_compress);
  EXPECT_EQ(engine_.jobs.back().facts.part, "p1");
  EXPECT_EQ(engine_.jobs.back().facts.station, "2");
  EXPECT_EQ(engine_.jobs.back().wait, std::chrono::microseconds(500));
  EXPECT_EQ(engine_.jobs.back().client, "127.0.0.1");
  post("/v2/models/screws/versions/1/predict", jpeg_like(1));
  EXPECT_EQ(engine_.jobs.back().version, 1);
}

TEST_F(RoutesTest, PredictAddsTheHeatAsAPng) {
  const Json json = json_of(post("/v2/models/screws/predict?heat=png", jpeg_like(210)));
  EXPECT_EQ(json["verdict"], "NG");
  const auto png = from_base64(json["heat_png"].get<std::string>());
  ASSERT_TRUE(png);
  EXPECT_TRUE(edge::decode_image(*png).ok());
}

TEST_F(RoutesTest, PredictRefusesWhatCannotBe) {
  EXPECT_THAT(error(post("/v2/models/screws/predict")), HasSubstr("0 bytes"));
  EXPECT_EQ(post("/v2/models/screws/predict", "text").status, 400);
  EXPECT_EQ(post("/v2/models/screws/predict?heat=gif", jpeg_like(1)).status, 400);
  EXPECT_EQ(post("/v2/models/screws/predict?timeout=soon", jpeg_like(1)).status, 400);
  EXPECT_EQ(post("/v2/models/nuts/predict", jpeg_like(1)).status, 404);
  EXPECT_EQ(post("/v2/models/asleep/predict", jpeg_like(1)).status, 503);
}

TEST_F(RoutesTest, RefusalsHaveTheirStatus) {
  const std::pair<Refusal, int> known[] = {
      {Refusal::kBadInput, 400},  {Refusal::kForbidden, 403}, {Refusal::kUnknownModel, 404},
      {Refusal::kNotReady, 503},  {Refusal::kTimeout, 503},   {Refusal::kStopping, 503},
      {Refusal::kQueueFull, 503}, {Refusal::kInternal, 500}};
  for (const auto& [why, status] : known) {
    engine_.refuse = Refused{why, "why \"so\"\n"};
    const http::Response response = post("/v2/models/screws/predict", jpeg_like(1));
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(error(response), "why \"so\"\n");
    const bool too_much = why == Refusal::kQueueFull || why == Refusal::kTimeout;
    EXPECT_EQ(field_of(response, "Retry-After"), too_much ? "1" : "");
  }
}

}  // namespace
}  // namespace paucal::serve
