#include <gtest/gtest.h>

#include "edge/kernels/test_conv_i8.h"

namespace paucal::edge {
namespace {

// What this processor has, the best last.
std::vector<Isa> isas() {
  if (best_isa() == Isa::kAvx512Vnni) return {Isa::kPortable, Isa::kAvx2, Isa::kAvx512Vnni};
  return {Isa::kPortable, best_isa()};
}

// Every path and number of threads against the reference; the names of the paths, one after the
// other.
std::string check_conv_i8(const ConvI8Case& t, uint64_t seed = 1) {
  const ConvI8Data data = data_of(t, seed);
  const std::vector<uint8_t> expected = reference(t, data);
  std::string path, paths;
  for (const Isa isa : isas())
    for (const int threads : {1, 3}) {
      Graph graph = graph_of(t, data);
      EXPECT_EQ(validate(graph), std::nullopt);
      auto model = Model::make({std::move(graph), Json::object()}, isa);
      if (!model.ok()) return ADD_FAILURE() << model.failure().message, "";
      path = (*model)->kernel(0).path();
      Session session(*model, {.threads = threads});
      std::vector<Tensor> inputs;
      for (const int id : (*model)->graph().inputs) {
        const Value& value = (*model)->graph().value(id);
        const auto& bytes = inputs.empty() ? data.x : data.residual;
        inputs.push_back(
            {Type::kU8, value.layout, value.shape, const_cast<uint8_t*>(bytes.data())});
      }
      const auto out = session.run(inputs);
      if (!out.ok()) return ADD_FAILURE() << out.failure().message, "";
      const auto* got = (*out)[0].as<const uint8_t>();
      for (size_t i = 0; i < expected.size(); ++i)
        if (got[i] != expected[i])
          return ADD_FAILURE() << path << ", seed " << seed << ", threads " << threads << ": "
                               << int(got[i]) << " at " << i << " of " << expected.size()
                               << ", expected " << int(expected[i]),
                 paths;
      if (threads == 1) paths += path + ";";
    }
  return paths;
}

// Whether a path was among them, or could not be.
bool took(const std::string& paths, Isa isa, std::string_view path) {
  const auto has = isas();
  return std::find(has.begin(), has.end(), isa) == has.end() ||
         paths.find(path) != std::string::npos;
}

ConvI8Case random_case(Random& random) {
  ConvI8Case t;
  t.n = random.chance(0.1) ? 0 : random.chance(0.3) ? 3 : 1;
  t.kh = random.between(1, 4), t.kw = random.between(1, 4);
  for (auto& p : t.padding) p = random.between(0, 2);
  for (int i = 0; i < 2; ++i)
    t.stride[i] = random.between(1, 3), t.dilation[i] = random.between(1, 2);
  t.h = random.between(t.dilation[0] * (t.kh - 1) + 1, 17);
  t.w = random.between(t.dilation[1] * (t.kw - 1) + 1, 17);
  t.groups = random.chance(0.6) ? 1 : random.between(1, 4);
  t.c = t.groups * random.between(1, 19), t.o = t.groups * random.between(1, 37);
  t.residual = random.chance(0.4);
  t.x.zero_point = static_cast<int>(random.below(256));
  t.y = {static_cast<float>(random.uniform(0.01, 0.2)), static_cast<int>(random.below(256))};
  t.r = {static_cast<float>(random.uniform(0.01, 0.2)), static_cast<int>(random.below(256))};
  if (random.chance(0.3)) t.clamp[0] = 0;
  if (random.chance(0.3)) t.clamp[1] = 6;
  return t;
}

TEST(ConvI8, EveryShapeEqualsTheReferenceBitForBit) {
  Random random(7);
  for (uint64_t i = 0; i < 150; ++i) check_conv_i8(random_case(random), i);
}

TEST(ConvI8, Winograd) {
  Random random(8);
  for (uint64_t i = 0; i < 40; ++i) {
    ConvI8Case t = random_case(random);
    t.kh = t.kw = 3, t.groups = 1, t.c = random.between(16, 40), t.o = random.between(16, 50);
    for (int s = 0; s < 2; ++s) t.stride[s] = t.dilation[s] = 1;
    t.h = std::max<int64_t>(t.h, 3), t.w = std::max<int64_t>(t.w, 3);
    EXPECT_TRUE(took(check_conv_i8(t, i), Isa::kAvx2, "int8 winograd2 avx2"));
  }
}

TEST(ConvI8, Depthwise) {
  Random random(9);
  for (uint64_t i = 0; i < 60; ++i) {
    ConvI8Case t = random_case(random);
    t.groups = t.c = t.o = random.between(2, 50);
    if (i % 2) {
      t.kh = t.kw = 3;
      t.h += 6, t.w += 6;
    }
    EXPECT_TRUE(took(check_conv_i8(t, i), Isa::kAvx2, "int8 depthwise avx2"));
  }
}

TEST(ConvI8, LayersOfRealNetworks) {
  // Several strips, many panels, a 1×1 that strides, the first layer.
  check_conv_i8({.n = 1,
                 .c = 3,
                 .h = 64,
                 .w = 64,
                 .o = 24,
                 .kh = 7,
                 .kw = 7,
                 .stride = {2, 2},
                 .padding = {3, 3, 3, 3}});
  check_conv_i8({.n = 2,
                 .c = 64,
                 .h = 40,
                 .w = 40,
                 .o = 32,
                 .kh = 3,
                 .kw = 3,
                 .padding = {1, 1, 1, 1},
                 .residual = true});
  check_conv_i8({.n = 1, .c = 96, .h = 31, .w = 57, .o = 40, .stride = {2, 2}});
  check_conv_i8({.n = 3, .c = 160, .h = 20, .w = 20, .o = 24});
  check_conv_i8({.n = 1,
                 .c = 64,
                 .h = 56,
                 .w = 56,
                 .o = 64,
                 .kh = 3,
                 .kw = 3,
                 .stride = {2, 2},
                 .padding = {1, 1, 1, 1},
                 .groups = 64});
}

TEST(ConvI8, BlocksOfChannelsThatDoNotDivideEvenly) {
  const char* direct = "int8 direct vnni";
  for (const int64_t o : {16, 33, 64, 70, 80, 144, 150}) {
    // Read in place, and through a strip.
    EXPECT_TRUE(
        took(check_conv_i8({.c = 8, .h = 9, .w = 10, .o = 2 * o, .kh = 3, .kw = 2, .groups = 2}),
             Isa::kAvx512Vnni, direct));
    EXPECT_TRUE(took(check_conv_i8({.c = 5, .h = 4, .w = 4, .o = o, .residual = true}),
                     Isa::kAvx512Vnni, direct));
  }
  for (const int64_t c : {64, 80, 96, 130, 150})
    for (const int64_t kernel : {3, 5, 7}) {
      ConvI8Case t{.c = c, .h = 9, .w = 11, .o = c, .kh = kernel, .kw = kernel, .groups = c};
      for (auto& p : t.padding) p = kernel / 2;
      t.residual = kernel == 5;
      EXPECT_TRUE(took(check_conv_i8(t), Isa::kAvx512Vnni, "int8 depthwise vnni"));
    }
}

TEST(ConvI8, Linear) {
  for (const int64_t rows : {0, 1, 3, 50})
    check_conv_i8({.n = rows, .c = 77, .o = 41, .residual = true, .linear = true});
}

TEST(ConvI8, ExtremesStayExact) {
  // 65535 products of 255 · 127 are the most that int32 holds; Winograd's bound is 2^29.
  for (const int weight : {-127, 127})
    for (const int zero : {0, 255})
      for (const int fill : {0, 255}) {
        ConvI8Case t{.n = 1, .c = 66000, .o = 2, .linear = true};
        t.x = {1e-5f, zero}, t.fill = fill, t.weight_fill = weight;
        check_conv_i8(t);
        ConvI8Case conv{
            .n = 1, .c = 32, .h = 6, .w = 7, .o = 17, .kh = 3, .kw = 3, .padding = {1, 1, 1, 1}};
        conv.x = {1e-3f, zero}, conv.fill = fill, conv.weight_fill = weight;
        check_conv_i8(conv);
        conv.c = 1800;  // 255 · 127 · 9 · 1800 is just below 2^29
        conv.h = conv.w = 3, conv.o = 16;
        EXPECT_TRUE(took(check_conv_i8(conv), Isa::kAvx2, "int8 winograd2 avx2"));
        conv.c = 1900;  // and this above
        EXPECT_EQ(check_conv_i8(conv).find("winograd"), std::string::npos);
      }
}

// The message of what makes a graph unusable.
std::string i8_refusal(Graph graph) {
  if (auto wrong = validate(graph)) return wrong->message;
  auto model = Model::make({std::move(graph), Json::object()});
  if (!model.ok()) return model.failure().message;
  std::vector<Shape> shapes;
  for (const int id : (*model)->graph().inputs) shapes.push_back((*model)->graph().value(id).shape);
  const auto plan = make_plan(**model, shapes, 2, size_t{1} << 30);
  return plan.ok() ? "" : plan.failure().message;
}

TEST(ConvI8, RefusesWhatItCannotCompute) {
  const ConvI8Case good{.c = 4, .h = 5, .w = 5, .o = 6, .kh = 3, .kw = 3, .groups = 2};
  const ConvI8Data data = data_of(good, 1);
  EXPECT_EQ(i8_refusal(graph_of(good, data)), "");
  using Change = void (*)(Graph&);
  const Change changes[] = {
      [](Graph& g) {
        g.value(0).shape = {1, 5, 5, 5};
      },  // channels
      [](Graph& g) {
        g.value(0).shape = {1, 4, 2, 5};
      },  // smaller than the kernel
      [](Graph& g) {
        g.value(0).shape = {1, 4, 0, 0};
      },
      [](Graph& g) { g.value(0).type = Type::kF32; },
      [](Graph& g) { g.value(0).quantisation.scale = 0; },
      [](Graph& g) { g.value(0).quantisation.scale = NAN; },
      [](Graph& g) { g.value(0).quantisation.zero_point = 256; },
      [](Graph& g) { g.value(g.outputs[0]).quantisation.zero_point = -1; },
      [](Graph& g) { g.nodes[0].attributes["groups"] = {4}; },  // 6 outputs
      [](Graph& g) { g.nodes[0].attributes["groups"] = {0}; },
      [](Graph& g) {
        g.nodes[0].attributes["stride"] = {0, 1};
      },
      [](Graph& g) {
        g.nodes[0].attributes["dilation"] = {4000, 4000};
      },
      [](Graph& g) { g.nodes[0].inputs[1] = g.nodes[0].inputs[0]; },  // no constants
      [](Graph& g) { g.nodes[0].inputs[2] = g.nodes[0].inputs[0]; },
      [](Graph& g) { g.nodes[0].inputs[3] = g.nodes[0].inputs[2]; },
      [](Graph& g) { g.nodes[0].inputs.push_back(g.nodes[0].inputs[0]); },  // residual's shape
      [](Graph& g) {  // the sum may pass int32
        const std::vector<int32_t> bias(6, 0x7fffff00);
        g.nodes[0].inputs[3] =
            g.add_constant("bias", Type::kI32, {6}, std::as_bytes(std::span(bias)));
      },
      [](Graph& g) {
        const std::vector<float> scale(6, INFINITY);
        g.nodes[0].inputs[2] =
            g.add_constant("scale", Type::kF32, {6}, std::as_bytes(std::span(scale)));
      },
      [](Graph& g) {  // a weight without elements
        g.nodes[0].inputs[1] = g.add_constant("weight", Type::kI8, {6, 0, 3, 3}, {});
      },
      [](Graph& g) {  // a strip beyond all memory
        g.value(0).shape = {1, 4, 3, int64_t{1} << 35};
        g.nodes[0].attributes["padding"] = {4096, 4096, 4096, 4096};
      },
  };
  for (const Change& change : changes) {
    Graph graph = graph_of(good, data);
    change(graph);
    EXPECT_NE(i8_refusal(std::move(graph)), "") << &change - changes;
  }
}

}  // namespace
}  // namespace paucal::edge
