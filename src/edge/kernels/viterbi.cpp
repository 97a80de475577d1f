// viterbi: the best path of a linear-chain CRF. emissions [N, T, K], transitions const [K, K]
// (from, to), start? const [K], end? const [K] → path i32 [N, T], score f32 [N]. Of equal paths the
// lower label wins; NaN never does (a sequence of NaN alone gets label 0 and some score).

#include <limits>

#include "edge/kernels/kernel.h"
#include "edge/kernels/shapes.h"

namespace paucal::edge {
namespace {

constexpr int64_t kMaxLabels = 1 << 15;

Result<Signatures> infer_viterbi(const Node&, std::span<const Signature> inputs) {
  if (auto wrong = expect("emissions", inputs[0], 3)) return *wrong;
  const Shape& in = inputs[0].shape;
  const int64_t labels = in[2];
  if (labels < 1 || labels > kMaxLabels)
    return failure("op", "emissions of {}, expected 1 to {} labels", in.text(), kMaxLabels);
  if (auto wrong = expect_shape("transitions", inputs[1], {labels, labels})) return *wrong;
  for (size_t i = 2; i < inputs.size(); ++i)
    if (!inputs[i].shape.is_absent())
      if (auto wrong = expect_shape(i == 2 ? "start" : "end", inputs[i], {labels})) return *wrong;
  return Signatures{{Type::kI32, {in[0], in[1]}}, {Type::kF32, {in[0]}}};
}

class Viterbi : public Kernel {
 public:
  // A thread's share: two rows of scores, then from where each label of each step was reached.
  size_t scratch_bytes(std::span<const Signature> inputs, std::span<const Signature>,
                       int threads) const override {
    const Shape& in = inputs[0].shape;
    return static_cast<size_t>((in[1] + 2) * in[2]) * sizeof(int32_t) *
           static_cast<size_t>(threads);
  }

  void run(const KernelCall& call) const override {
    const Shape& in = call.inputs[0].shape;
    const int64_t steps = in[1], labels = in[2];
    call.pool.run(in[0], [&](int64_t n, int thread) {
      float* scores = reinterpret_cast<float*>(call.scratch) + thread * (steps + 2) * labels;
      float* next = scores + labels;
      auto* from = reinterpret_cast<int32_t*>(next + labels);
      const float* emissions = call.inputs[0].as<const float>() + n * steps * labels;
      const float *start = optional(call, 2), *end = optional(call, 3);
      for (int64_t k = 0; k < labels; ++k)
        scores[k] = (start ? start[k] : 0.f) + (steps > 0 ? emissions[k] : 0.f);
      for (int64_t t = 1; t < steps; ++t) {
        step(call.inputs[1].as<const float>(), emissions + t * labels, labels, scores, next,
             from + t * labels);
        std::swap(scores, next);
      }
      if (end)
        for (int64_t k = 0; k < labels; ++k) scores[k] += end[k];
      int32_t best = highest(labels, [&](int64_t k) { return scores[k]; });
      call.outputs[1].as<float>()[n] = steps > 0 ? scores[best] : 0.f;
      int32_t* path = call.outputs[0].as<int32_t>() + n * steps;
      for (int64_t t = steps - 1; t >= 0; --t) {
        path[t] = best;
        if (t > 0) best = from[t * labels + best];
      }
    });
  }

 private:
  static const float* optional(const KernelCall& call, size_t i) {
    return i < call.inputs.size() && !call.inputs[i].is_absent() ? call.inputs[i].as<const float>()
                                                                 : nullptr;
  }

  // The first label with the highest value; 0 where none is a number above -inf.
  template <class Value>
  static int32_t highest(int64_t labels, const Value& value) {
    float best = -std::numeric_limits<float>::infinity();
    int32_t label = 0;
    for (int64_t k = 0; k < labels; ++k)
      if (value(k) > best) {
        best = value(k);
        label = static_cast<int32_t>(k);
      }
    return label;
  }

  static void step(const float* transitions, const float* emissions, int64_t labels,
                   const float* scores, float* next, int32_t* from) {
    for (int64_t to = 0; to < labels; ++to) {
      const auto value = [&](int64_t k) { return scores[k] + transitions[k * labels + to]; };
      from[to] = highest(labels, value);
      next[to] = value(from[to]) + emissions[to];
    }
  }
};

OpInfo viterbi() {
  OpInfo op;
  op.name = "viterbi";
  op.min_inputs = 2;
  op.max_inputs = 4;
  op.outputs = 2;
  op.layout = LayoutRule::kRows;
  op.infer = infer_viterbi;
  op.make = [](const KernelSpec&) -> Result<std::unique_ptr<Kernel>> {
    return std::unique_ptr<Kernel>(std::make_unique<Viterbi>());
  };
  op.flops = [](const Node&, std::span<const Signature> inputs, std::span<const Signature>) {
    return static_cast<double>(inputs[0].shape.elements()) *
           static_cast<double>(inputs[0].shape[2]);
  };
  return op;
}

}  // namespace

extern const OpInfo op_viterbi;
const OpInfo op_viterbi = viterbi();

}  // namespace paucal::edge
