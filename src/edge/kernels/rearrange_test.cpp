#include "edge/kernels/test_ops.h"

namespace paucal::edge {
namespace {

using test::check_op;
using test::expect_refused;
using test::Sample;

// want[i] = x[source(index of i)], or `otherwise` where source says -1.
template <class Source>
Sample gathered(const Sample& x, const Shape& out, const Source& source, float otherwise = 0) {
  Sample want{out, {}, x.type};
  for (int64_t i = 0; i < out.elements(); ++i) {
    std::array<int64_t, Shape::kMaxRank> index{};
    int64_t rest = i;
    for (int d = out.rank() - 1; d >= 0; --d) {
      index[static_cast<size_t>(d)] = rest % out[d];
      rest /= out[d];
    }
    const auto from = source(index);
    int64_t offset = 0;
    bool inside = true;
    for (int d = 0; d < x.shape.rank(); ++d) {
      const int64_t at = from[static_cast<size_t>(d)];
      inside &= at >= 0 && at < x.shape[d];
      offset = offset * x.shape[d] + at;
    }
    want.values.push_back(inside ? x.values[static_cast<size_t>(offset)] : otherwise);
  }
  return want;
}

Shape random_shape(Random& random, int rank, int64_t largest = 6) {
  std::array<int64_t, 6> dims{};
  for (int64_t& dim : dims) dim = random.below(15) == 0 ? 0 : random.between(1, largest);
  return Shape(std::span<const int64_t>(dims.data(), static_cast<size_t>(rank)));
}

Sample any_sample(const Shape& shape, Random& random) {
  constexpr Type kTypes[] = {Type::kF32, Type::kU8, Type::kI32, Type::kI64};
  return test::random_integers(shape, random, kTypes[random.below(4)], 0, 200);
}

TEST(Permute, MovesAxes) {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    const auto rank = static_cast<int>(random.below(7));
    const Sample x = any_sample(random_shape(random, rank), random);
    std::vector<double> axes;
    for (int d = 0; d < rank; ++d) axes.push_back(d);
    random.shuffle(axes);
    Shape out = x.shape;
    for (int d = 0; d < rank; ++d) out[d] = x.shape[static_cast<int>(axes[static_cast<size_t>(d)])];
    const Sample want = gathered(x, out, [&](const auto& index) {
      std::array<int64_t, 6> from{};
      for (size_t d = 0; d < axes.size(); ++d) from[static_cast<size_t>(axes[d])] = index[d];
      return from;
    });
    if (rank > 0 && axes[0] > 0) axes[0] -= rank;
    check_op("permute", {x}, {{"axes", axes}}, {want}, 0);
  }
  const Sample large = test::random_sample({3, 70, 2, 130}, random);
  check_op("permute", {large}, {{"axes", {0, 3, 2, 1}}},
           {gathered(large, {3, 130, 2, 70},
                     [](const auto& i) {
                       return std::array<int64_t, 6>{i[0], i[3], i[2], i[1]};
                     })},
           0);
  expect_refused("permute", {large}, {{"axes", {0, 1, 2}}});
  expect_refused("permute", {large}, {{"axes", {0, 1, 2, 2}}});
  expect_refused("permute", {large}, {{"axes", {0, 1, 2, 4}}});
  expect_refused("permute", {large});
}

TEST(Reshape, KeepsElements) {
  Random random(2);
  const auto check = [&](const Shape& from, std::vector<double> shape, const Shape& to) {
    Sample x = any_sample(from, random), want = x;
    want.shape = to;
    check_op("reshape", {x}, {{"shape", std::move(shape)}}, {want}, 0);
  };
  check({2, 3, 4}, {0, -1}, {2, 12});
  check({2, 3, 4}, {6, 4}, {6, 4});
  check({2, 3, 4}, {-1}, {24});
  check({2, 3, 4}, {0, 1, 0, -1}, {2, 1, 4, 3});
  check({1}, {}, {});
  check({0, 3, 4}, {0, -1}, {0, 12});
  check({0, 3}, {-1, 3}, {0, 3});
  check({0}, {-1, 5}, {0, 5});
  const Sample x = any_sample({2, 3, 4}, random);
  for (const std::vector<double>& shape : std::vector<std::vector<double>>{
           {5, -1}, {-1, -1}, {2, 3}, {2, 3, 4, 0}, {1e12, 1e12, -1}, {-2}, {1.5}, {}})
    expect_refused("reshape", {x}, {{"shape", shape}});
}

TEST(Slice, CutsOneAxis) {
  Random random(3);
  for (int round = 0; round < 80; ++round) {
    const auto rank = static_cast<int>(random.between(1, 5));
    const Sample x = any_sample(random_shape(random, rank, 9), random);
    const auto axis = static_cast<int>(random.below(rank));
    const int64_t size = x.shape[axis], step = random.between(1, 3);
    const int64_t begin = random.between(-12, 12), end = random.between(-12, 12);
    const auto cut = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + size : i, 0, size); };
    Shape out = x.shape;
    out[axis] = 0;
    for (int64_t i = cut(begin); i < cut(end); i += step) ++out[axis];
    const Sample want = gathered(x, out, [&](auto index) {
      int64_t& i = index[static_cast<size_t>(axis)];
      i = cut(begin) + i * step;
      return index;
    });
    check_op("slice", {x},
             {{"axis", {static_cast<double>(axis - (round % 2) * rank)}},
              {"begin", {static_cast<double>(begin)}},
              {"end", {static_cast<double>(end)}},
              {"step", {static_cast<double>(step)}}},
             {want}, 0);
  }
  const Sample x = any_sample({5}, random);
  check_op("slice", {x}, {{"axis", {0}}, {"end", {9e15}}}, {x}, 0);
  expect_refused("slice", {x}, {{"axis", {1}}});
  expect_refused("slice", {x}, {{"axis", {0}}, {"step", {0}}});
  expect_refused("slice", {x}, {{"axis", {0}}, {"step", {-1}}});
}

TEST(Pad, SurroundsWithAValue) {
  Random random(4);
  for (int round = 0; round < 40; ++round) {
    const auto rank = static_cast<int>(random.below(5));
    const Sample x = test::random_sample(random_shape(random, rank), random);
    std::vector<double> begin, end;
    Shape out = x.shape;
    for (int d = 0; d < rank; ++d) {
      begin.push_back(static_cast<double>(random.below(3)));
      end.push_back(static_cast<double>(random.below(3)));
      out[d] += static_cast<int64_t>(begin.back() + end.back());
    }
    const Sample want = gathered(
        x, out,
        [&](auto index) {
          for (size_t d = 0; d < begin.size(); ++d) index[d] -= static_cast<int64_t>(begin[d]);
          return index;
        },
        0.5f);
    check_op("pad", {x}, {{"begin", begin}, {"end", end}, {"value", {0.5}}}, {want}, 0);
  }
  const Sample x = test::random_sample({2, 2}, random);
  expect_refused("pad", {x}, {{"begin", {1}}, {"end", {1}}});
  expect_refused("pad", {x}, {{"begin", {1, -1}}, {"end", {1, 1}}});
  expect_refused("pad", {x}, {{"begin", {1e9, 1e9}}, {"end", {1, 1}}});
}

TEST(Concat, JoinsOnAnyAxisInEitherLayout) {
  Random random(5);
  for (int round = 0; round < 60; ++round) {
    const auto rank = round < 30 ? 4 : static_cast<int>(random.between(1, 6));
    Shape out = random_shape(random, rank);
    const auto axis = static_cast<int>(random.below(rank));
    out[axis] = 0;
    std::vector<Sample> inputs;
    std::vector<int64_t> begins;
    const Type type = round % 3 ? Type::kF32 : Type::kU8;
    for (int64_t i = random.between(2, 5); i > 0; --i) {
      Shape shape = out;
      shape[axis] = random.below(5);
      inputs.push_back(test::random_integers(shape, random, type, 0, 200));
      if (i == 1) inputs.back().constant = true;
      begins.push_back(out[axis]);
      out[axis] += shape[axis];
    }
    Sample want{out, std::vector<float>(static_cast<size_t>(out.elements())), type};
    for (size_t k = 0; k < inputs.size(); ++k) {
      const Sample part = gathered(inputs[k], out, [&](auto index) {
        index[static_cast<size_t>(axis)] -= begins[k];
        return index;
      });
      for (size_t i = 0; i < want.values.size(); ++i) want.values[i] += part.values[i];
    }
    check_op("concat", inputs, {{"axis", {static_cast<double>(axis - (round % 2) * rank)}}}, {want},
             0);
  }
  const Sample x = test::random_sample({2, 3}, random);
  expect_refused("concat", {x}, {{"axis", {0}}});
  expect_refused("concat", {x, x}, {{"axis", {2}}});
  expect_refused("concat", {x, x});
  expect_refused("concat", {x, test::random_sample({2, 4}, random)}, {{"axis", {0}}});
  expect_refused("concat", {x, test::random_integers({2, 3}, random, Type::kU8, 0, 1)},
                 {{"axis", {0}}});
}

TEST(Layouts, ThereAndBack) {
  Random random(6);
  for (const Shape& shape : {Shape{2, 3, 5, 7}, Shape{1, 70, 33, 9}, Shape{1, 1, 4, 4},
                             Shape{2, 5, 1, 1}, Shape{0, 3, 4, 4}, Shape{1, 0, 4, 4}}) {
    for (const char* name : {"to_rows", "to_channels_last"}) {
      const Sample x = any_sample(shape, random);
      check_op(name, {x}, {}, {x}, 0);
    }
  }
  expect_refused("to_rows", {any_sample({2, 3, 4}, random)});
}

}  // namespace
}  // namespace paucal::edge
