// Every op on numbers that are none: NaN, infinities, the largest and the smallest, as inputs and
// as weights. Run with sanitizers, this is where a NaN that becomes an index is seen.
#include <set>

#include "edge/kernels/test_ops.h"

namespace paucal::edge {
namespace {

using test::constant;
using test::Sample;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr Quantisation kSteps = {0.5f, 100};

struct Case {
  std::string op;
  std::vector<Sample> inputs;  // the f32 ones have no values yet
  test::Attributes attributes = {};
  bool spreads = true;  // x of NaN alone gives y of NaN alone
};

Sample of(const Shape& shape) {
  return {shape, {}};
}
Sample weight(const Shape& shape) {
  return constant(of(shape));
}
Sample whole(const Shape& shape, Type type, int64_t most) {
  Random random(1);
  Sample sample = test::random_integers(shape, random, type, 0, most);
  if (type == Type::kU8) sample.quantisation = kSteps;
  return sample;
}
Case layer_i8(const std::string& op, const Shape& x, const Shape& w) {
  return {op,
          {whole(x, Type::kU8, 255), constant(whole(w, Type::kI8, 127)),
           constant({{w[0]}, std::vector<float>(static_cast<size_t>(w[0]), 0.01f)}),
           constant(whole({w[0]}, Type::kI32, 1000))}};
}

std::vector<Case> cases() {
  const Shape image{2, 16, 7, 6}, rows{3, 20};
  const test::Attributes relu6 = {{"clamp", {0, 6}}};
  test::Attributes depthwise = relu6, grouped = {{"groups", {2}}}, same = relu6;
  depthwise["groups"] = {16};
  same["padding"] = {1, 1, 1, 1};
  std::vector<Case> all = {
      {"conv2d", {of(image), weight({24, 16, 3, 3}), weight({24})}, same},
      {"conv2d", {of(image), weight({17, 16, 1, 2}), Sample{}, of({2, 17, 7, 5})}},
      {"conv2d", {of({1, 3, 9, 9}), weight({9, 3, 3, 3})}, relu6},
      {"conv2d", {of(image), weight({16, 1, 3, 3})}, depthwise},
      {"conv2d", {of(image), weight({6, 8, 2, 2})}, grouped},
      {"conv2d", {of({1, 64, 9, 9}), weight({64, 64, 3, 3})}, same},
      {"pointwise_depthwise",
       {of(image), weight({24, 16, 1, 1}), weight({24, 1, 3, 3}), weight({24}), weight({24})},
       {{"padding", {1, 1, 1, 1}}, {"inner_clamp", {0, 6}}, {"clamp", {0, 6}}}},
      {"batch_norm", {of(image), weight({16}), weight({16}), weight({16}), weight({16})}},
      {"max_pool2d", {of(image)}, {{"kernel", {3, 3}}, {"stride", {1, 2}}}},
      {"max_pool2d", {whole(image, Type::kU8, 255)}, {{"kernel", {2, 2}}}},
      {"avg_pool2d", {of(image)}, {{"kernel", {2, 3}}}},
      {"global_avg_pool", {of(image)}},
      {"resize_nearest", {of(image)}, {{"scale", {1.7, 0.6}}}},
      {"resize_bilinear", {of(image)}, {{"size", {9, 4}}}},
      {"roi_align", {of(image), of({9, 5})}, {{"size", {2, 3}}}, false},
      {"roi_align", {of(image), of({9, 5})}, {{"size", {2, 2}}, {"aligned", {1}}}, false},
      {"propose_regions",
       {of(image)},
       {{"stride", {8}}, {"count", {20}}, {"min_side", {4}}},
       false},
      {"leaky_relu", {of(image)}, {{"slope", {0.1}}}},
      {"clamp", {of(rows)}, {{"low", {-1}}, {"high", {1}}}},
      {"add", {of(image), of(image)}, relu6},
      {"mul", {of(image), of(image)}, relu6},
      {"add", {of({2, 3, 4}), of({3, 1})}},
      {"concat", {of(image), of(image)}, {{"axis", {1}}}},
      {"reshape", {of(rows)}, {{"shape", {-1}}}},
      {"permute", {of(rows)}, {{"axes", {1, 0}}}},
      {"slice", {of(rows)}, {{"axis", {1}}, {"begin", {2}}, {"end", {9}}, {"step", {3}}}},
      {"pad", {of(rows)}, {{"begin", {1, 0}}, {"end", {0, 2}}}, false},
      {"linear", {of(rows), weight({33, 20}), weight({33})}, relu6},
      {"linear", {of({1, 20}), weight({33, 20})}},
      {"matmul", {of({2, 7, 20}), of({20, 19})}},
      {"softmax", {of(rows)}, {{"axis", {0}}}},
      {"mean", {of(rows)}, {{"axes", {0}}}},
      {"max", {of(rows)}, {{"axes", {0}}}},
      {"layer_norm", {of(rows), weight({20}), weight({20})}},
      {"embedding", {whole({4}, Type::kI64, 5), weight({3, 7})}, {}, false},
      {"lstm", {of({3, 2, 5}), weight({16, 5}), weight({16, 4}), weight({16})}},
      {"viterbi", {of({2, 5, 4}), weight({4, 4}), weight({4}), weight({4})}, {}, false},
      {"nms", {of({30, 4}), of({30})}, {{"max_outputs", {20}}}, false},
      {"quantize", {of(rows)}},
      {"dequantize", {whole(rows, Type::kU8, 255)}},
      layer_i8("conv2d_i8", image, {17, 16, 3, 3}),
      layer_i8("linear_i8", rows, {9, 20}),
      {"add_i8", {whole(rows, Type::kU8, 255), whole(rows, Type::kU8, 255)}},
      {"global_avg_pool_i8", {whole(image, Type::kU8, 255)}},
  };
  for (const char* op : {"relu", "sigmoid", "tanh", "silu", "hard_swish", "hard_sigmoid", "gelu",
                         "exp", "log", "sqrt", "neg", "to_rows", "to_channels_last"})
    all.push_back({op, {of(image)}});
  for (const char* op : {"sub", "div"}) all.push_back({op, {of(rows), of(rows)}});
  for (const char* op : {"softmax", "log_softmax", "mean", "max"}) all.push_back({op, {of(rows)}});
  return all;
}

std::vector<float> strange(int64_t count, Random& random) {
  constexpr float kNumbers[] = {kNan, kInfinity, -kInfinity, 3.4e38f, -3.4e38f, 1e-40f, -0.f, 1};
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(kNumbers[random.below(8)]);
  return values;
}

// By one and by three threads: the same bits, or one NaN and another.
std::vector<Sample> run_nonfinite(const Case& c, Isa isa) {
  const OpInfo* op = find_op(c.op);
  const Layout layout =
      op->layout == LayoutRule::kChannelsLast ? Layout::kChannelsLast : Layout::kRows;
  const std::vector<Quantisation> quantised(1, kSteps);
  const auto one = test::run_op(c.op, c.inputs, c.attributes, {layout, 1, isa, quantised});
  const auto three = test::run_op(c.op, c.inputs, c.attributes, {layout, 3, isa, quantised});
  if (!one.ok() || !three.ok())
    return ADD_FAILURE() << one.failure().message, std::vector<Sample>{};
  for (size_t i = 0; i < one->size(); ++i)
    test::expect_near((*three)[i], (*one)[i], 0, c.op + " by three threads");
  return *one;
}

TEST(EveryOp, RunsOnNumbersThatAreNone) {
  Random random(2);
  std::set<std::string_view> seen;
  for (Case c : cases()) {
    SCOPED_TRACE(c.op);
    seen.insert(find_op(c.op)->name);
    for (const Isa isa : {Isa::kPortable, best_isa()})
      for (const bool all_nan : {true, false}) {
        for (Sample& in : c.inputs) {
          const bool scales = in.constant && c.op.ends_with("_i8");  // refused unless finite
          if (in.type != Type::kF32 || in.shape.is_absent() || scales) continue;
          const int64_t count = in.shape.elements();
          in.values = all_nan && !in.constant ? std::vector(static_cast<size_t>(count), kNan)
                                              : strange(count, random);
        }
        const std::vector<Sample> outputs = run_nonfinite(c, isa);
        if (!all_nan || !c.spreads || c.inputs[0].type != Type::kF32) continue;
        for (const Sample& y : outputs)
          for (const float value : y.values)
            ASSERT_TRUE(y.type != Type::kF32 || std::isnan(value)) << "hides NaN as " << value;
      }
  }
  for (const OpInfo* op : all_ops()) EXPECT_TRUE(seen.contains(op->name)) << op->name;
}

}  // namespace
}  // namespace paucal::edge
