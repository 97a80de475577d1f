#include "edge/format/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>

#include "base/crc32c.h"
#include "base/random.h"
#include "edge/runtime/session.h"

namespace paucal::edge {
namespace {

using testing::HasSubstr;

ModelFile small_model() {
  Graph graph;
  const int x = graph.add_input("x", Type::kF32, {Shape::kFree, 3});
  const std::vector<float> weights = {1, -2, 3};
  graph.add_constant("w", Type::kF32, {3}, std::as_bytes(std::span(weights)));
  graph.outputs = {graph.add_node("relu", "act", {graph.add_node("relu", "first", {x})})};
  return {std::move(graph), {{"task", "inspection"}, {"classes", {"OK", "NG"}}}};
}

Result<ModelFile> read(std::span<const uint8_t> bytes) {
  return read_model(SharedBytes::copy_of(std::as_bytes(bytes)), "m.paucal");
}

// A file of these JSON texts, with right lengths and checksums.
Bytes file_of(const std::string& card, const std::string& graph, size_t weight_bytes = 64) {
  const std::string parts[] = {card, graph, std::string(weight_bytes, 'w')};
  Bytes file(128);
  const auto put = [&](size_t at, auto value) { std::memcpy(&file[at], &value, sizeof value); };
  for (uint32_t i = 0; i < 3; ++i) {
    const auto* begin = reinterpret_cast<const uint8_t*>(parts[i].data());
    const size_t at = 32 + 32 * i;
    put(at, i + 1);
    put(at + 4, crc32c({begin, parts[i].size()}));
    put(at + 8, uint64_t{file.size()});
    put(at + 16, uint64_t{parts[i].size()});
    file.insert(file.end(), begin, begin + parts[i].size());
    file.resize((file.size() + 63) / 64 * 64);
  }
  std::memcpy(file.data(), "\x89PAUCAL\n", 8);
  put(8, uint32_t{1});
  put(12, uint32_t{3});
  put(16, uint64_t{file.size()});
  put(24, crc32c({&file[32], 96}, crc32c({&file[0], 24})));
  return file;
}

// Why a graph of this JSON is refused; "" where it isn't.
std::string file_refusal(const Json& graph) {
  const auto model = read(file_of("{}", graph.dump()));
  return model.ok() ? "" : model.failure().message;
}

// One relu, x → y.
Json relu_graph() {
  return Json::parse(R"({
    "values": [{"name": "x", "type": "f32", "shape": [-1, 3]}, {"name": "y", "type": "f32"},
               {"name": "w", "type": "f32", "shape": [2], "offset": 0, "bytes": 8}],
    "nodes": [{"op": "relu", "name": "act", "in": [0], "out": [1]}],
    "inputs": [0], "outputs": [1]})");
}

TEST(ModelFile, ReadsWhatItWrote) {
  const Bytes bytes = write_model(small_model());
  const auto model = read(bytes);
  ASSERT_TRUE(model.ok()) << model.failure().message;
  EXPECT_EQ(model->card, small_model().card);
  EXPECT_EQ(to_text(model->graph), to_text(small_model().graph));
  EXPECT_THAT(model->graph.floats(1), testing::ElementsAre(1, -2, 3));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(model->graph.floats(1).data()) % 64, 0u);
  EXPECT_EQ(write_model(*model), bytes);
}

TEST(ModelFile, MapsFilesAndNamesWhatIsNone) {
  const std::string path = testing::TempDir() + "model_file_test.paucal";
  write_file_atomic(path, write_model(small_model()));
  const auto model = Model::open(path);
  ASSERT_TRUE(model.ok()) << model.failure().message;
  write_file_atomic(path, {});
  EXPECT_THAT(Model::open(path).failure().message, HasSubstr("0 bytes"));
  EXPECT_THAT(Model::open(testing::TempDir()).failure().message, HasSubstr("no regular file"));
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);  // must not be waited for
  EXPECT_THAT(Model::open(path).failure().message, HasSubstr("no regular file"));
  std::filesystem::remove(path);
  EXPECT_THAT(Model::open("/no/such").failure().message, HasSubstr("No such file"));
}

TEST(ModelFile, RefusesEveryTruncation) {
  const Bytes bytes = write_model(small_model());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto model = read(std::span(bytes).first(size));
    ASSERT_FALSE(model.ok()) << size;
    EXPECT_THAT(model.failure().message, HasSubstr("byte ")) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_THAT(read(longer).failure().message, HasSubstr("byte 16"));
}

TEST(ModelFile, RefusesEveryChangedByte) {
  const Bytes bytes = write_model(small_model());
  for (size_t at = 0; at < bytes.size(); ++at)
    for (const uint8_t change : {0x01, 0x80, 0xff}) {
      Bytes damaged = bytes;
      damaged[at] ^= change;
      const auto model = read(damaged);
      ASSERT_FALSE(model.ok()) << at;
      EXPECT_THAT(model.failure().message, HasSubstr("byte ")) << at;
    }
}

TEST(ModelFile, NamesTheVersionOfNewerFiles) {
  Bytes bytes = write_model(small_model());
  bytes[8] = 2;
  EXPECT_EQ(read(bytes).failure().message, "'m.paucal', byte 8: version 2, expected 1 to 1");
}

TEST(ModelFile, BoundsTheJson) {
  const auto why = [](const std::string& graph) {
    return read(file_of("{}", graph)).failure().message;
  };
  EXPECT_THAT(why("{\"values\": ["), HasSubstr("is no JSON"));
  EXPECT_THAT(why("\xff\xfe"), HasSubstr("is no JSON"));
  EXPECT_THAT(why("[1e999]"), HasSubstr("section 'graph'"));
  EXPECT_THAT(why(std::string(1'000'000, '[')), HasSubstr("nested deeper than 32"));
  std::string keys = "{";
  for (int i = 0; i < 2000; ++i) keys += "\"" + std::to_string(i) + "\": 1, ";
  EXPECT_THAT(why(keys), HasSubstr("an object of more than 1000 keys"));
  EXPECT_THAT(why(std::string((16 << 20) + 1, ' ')), HasSubstr("expected at most 16777216"));
  EXPECT_THAT(read(file_of(std::string(100, '['), relu_graph().dump())).failure().message,
              HasSubstr("section 'card': [model] nested deeper"));
}

TEST(ModelFile, RefusesHostileValues) {
  EXPECT_EQ(file_refusal(relu_graph()), "");
  const auto with_value = [](const char* key, Json json, int value = 0) {
    Json graph = relu_graph();
    graph["values"][static_cast<size_t>(value)][key] = std::move(json);
    return file_refusal(graph);
  };
  EXPECT_THAT(with_value("type", "f64"), HasSubstr("value 'x': unknown type 'f64'"));
  EXPECT_THAT(with_value("type", 7), HasSubstr("type must be string"));
  EXPECT_THAT(with_value("name", nullptr), HasSubstr("type must be string"));
  EXPECT_THAT(with_value("layout", "diagonal"), HasSubstr("unknown layout 'diagonal'"));
  EXPECT_THAT(with_value("layout", "channels_last"), HasSubstr("expected no constant and 4"));
  EXPECT_THAT(with_value("shape", {-2, 3}), HasSubstr("-2: expected an integer from -1"));
  EXPECT_THAT(with_value("shape", {1.5}), HasSubstr("1.5: expected an integer"));
  EXPECT_THAT(with_value("shape", {uint64_t{1} << 63}), HasSubstr("expected an integer"));
  EXPECT_THAT(with_value("shape", {true}), HasSubstr("boolean: expected an integer"));
  EXPECT_THAT(with_value("shape", Json::object()), HasSubstr("expected a list"));
  EXPECT_THAT(with_value("shape", {1, 1, 1, 1, 1, 1, 1}), HasSubstr("7 dimensions"));
  for (const Json& scale : {Json(-1), Json(0), Json(1e300)}) {
    Json graph = relu_graph();
    graph["values"][0].update({{"scale", scale}, {"zero_point", 0}});
    EXPECT_THAT(file_refusal(graph), HasSubstr("value 'x': scale"));
  }
  EXPECT_THAT(with_value("scale", 1), HasSubstr("zero_point"));
  EXPECT_THAT(with_value("offset", 1, 2), HasSubstr("aligned to 64"));
  EXPECT_THAT(with_value("offset", 128, 2), HasSubstr("expected within 64"));
  EXPECT_THAT(with_value("offset", -64, 2), HasSubstr("expected an integer from 0"));
  EXPECT_THAT(with_value("bytes", 65, 2), HasSubstr("expected within 64"));
  EXPECT_THAT(with_value("bytes", INT64_MAX, 2), HasSubstr("expected within 64"));
  EXPECT_THAT(with_value("bytes", 12, 2), HasSubstr("12 bytes, expected those of f32 [2]"));
  EXPECT_THAT(with_value("shape", {1 << 30, 1 << 30}, 2), HasSubstr("8 bytes, expected those of"));
}

TEST(ModelFile, RefusesHostileNodes) {
  const auto with_node = [](const char* key, Json json) {
    Json graph = relu_graph();
    graph["nodes"][0][key] = std::move(json);
    return file_refusal(graph);
  };
  EXPECT_THAT(with_node("op", "rm"), HasSubstr("node 'act': unknown op 'rm'"));
  EXPECT_THAT(with_node("in", {-2}), HasSubstr("expected an integer from -1"));
  EXPECT_THAT(with_node("in", {-1}), HasSubstr("input 0 is value -1"));
  EXPECT_THAT(with_node("in", {3}), HasSubstr("input 0 is value 3, expected 0 to 2"));
  EXPECT_THAT(with_node("in", {int64_t{1} << 32}), HasSubstr("4294967296: expected an integer"));
  EXPECT_THAT(with_node("in", {1}), HasSubstr("'y', which no earlier node has written"));
  EXPECT_THAT(with_node("in", Json::array()), HasSubstr("0 inputs, expected 1 to 1"));
  EXPECT_THAT(with_node("in", {{"a", 1}}), HasSubstr("'in' is a object, expected a list"));
  EXPECT_THAT(with_node("out", {0}), HasSubstr("writes value 'x' again"));
  EXPECT_THAT(with_node("out", {2}), HasSubstr("writes value 'w' again"));
  EXPECT_THAT(with_node("out", {1, 1}), HasSubstr("2 outputs, expected 1"));
  EXPECT_THAT(with_node("attributes", {{"alpha", {1}}}), HasSubstr("unknown attribute 'alpha'"));
  EXPECT_THAT(with_node("attributes", {{"alpha", {"1"}}}), HasSubstr("'alpha' holds a string"));
  EXPECT_THAT(with_node("attributes", {{"alpha", 1}}), HasSubstr("expected a list"));
}

TEST(ModelFile, RefusesHostileGraphs) {
  const auto with = [](const char* key, Json json) {
    Json graph = relu_graph();
    graph[key] = std::move(json);
    return file_refusal(graph);
  };
  EXPECT_THAT(file_refusal(Json::array()), HasSubstr("with array"));
  EXPECT_THAT(with("values", 3), HasSubstr("'values' is a number"));
  EXPECT_THAT(with("inputs", {0, 0}), HasSubstr("not named twice"));
  EXPECT_THAT(with("inputs", {2}), HasSubstr("no constant"));
  EXPECT_THAT(with("inputs", {-1}), HasSubstr("input value -1"));
  EXPECT_THAT(with("outputs", Json::array()), HasSubstr("no outputs"));
  EXPECT_THAT(with("outputs", {2}), HasSubstr("output value 2"));
  EXPECT_THAT(with("outputs", std::vector<int>(300, 1)), HasSubstr("300 outputs, expected"));
  Json cycle = relu_graph();
  cycle["values"].push_back({{"name", "z"}, {"type", "f32"}});
  cycle["nodes"][0]["in"] = {3};
  cycle["nodes"].push_back({{"op", "relu"}, {"name", "back"}, {"in", {1}}, {"out", {3}}});
  EXPECT_THAT(file_refusal(cycle), HasSubstr("reads value 'z', which no earlier node has written"));
}

// Mutations with right checksums: what is accepted runs. The fuzz target goes on from here.
TEST(ModelFile, SurvivesMutatedJson) {
  const std::string text = relu_graph().dump();
  Random random(1);
  int accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string mutated = text;
    for (int64_t edits = random.between(1, 3); edits > 0; --edits)
      mutated[static_cast<size_t>(random.below(static_cast<int64_t>(mutated.size())))] =
          "0123456789-[]{},\":xe."[random.below(21)];
    auto file = read(file_of("{}", mutated));
    if (!file.ok()) continue;
    const auto model = Model::make(std::move(*file));
    ASSERT_TRUE(model.ok());
    ++accepted;
    Session session(*model, {.threads = 1, .max_bytes = 1 << 20});
    std::vector<float> x(6);
    const Tensor input{Type::kF32, Layout::kRows, {2, 3}, x.data()};
    (void)session.run(std::span(&input, 1));
  }
  EXPECT_GT(accepted, 50);
}

}  // namespace
}  // namespace paucal::edge
