// The table of ops, aten's and our own, and the walk over a recording.

#include "trace/translate.h"

#include <algorithm>

#include "base/error.h"
#include "trace/ops.h"

namespace paucal::trace {
namespace {

using namespace std::string_view_literals;

struct Row {
  std::string_view name;
  Translator translate;
};

template <size_t N>
struct Name {
  char text[N];
  constexpr Name(const char (&name)[N]) { std::copy_n(name, N, text); }
};
template <Name kOp>
int unary(Call& call) {
  return call.emit(kOp.text, {call.tensor(0)});
}

// An op in place, "relu_", is the same function.
constexpr Row kTable[] = {
    {"_convolution", convolution},
    {"_unsafe_view", view},
    {"adaptive_avg_pool2d", adaptive_avg_pool2d},
    {"add", add},
    {"addmm", addmm},
    {"alias", same},
    {"amax", amax},
    {"avg_pool2d", avg_pool2d},
    {"batch_norm", batch_norm},
    {"bmm", matmul},
    {"cat", cat},
    {"clamp", clamp},
    {"clamp_max", clamp_max},
    {"clamp_min", clamp_min},
    {"clone", same},
    {"constant_pad_nd", pad},
    {"contiguous", same},
    {"conv2d", conv2d},
    {"detach", same},
    {"div", div},
    {"dropout", same},
    {"embedding", embedding},
    {"empty_like", filled},
    {"exp", unary<"exp">},
    {"expand", expand},
    {"expand_as", expand},
    {"feature_dropout", same},
    {"fill", filled},
    {"flatten", view},
    {"full_like", filled},
    {"gelu", gelu},
    {"hardsigmoid", unary<"hard_sigmoid">},
    {"hardswish", unary<"hard_swish">},
    {"hardtanh", clamp},
    {"layer_norm", layer_norm},
    {"leaky_relu", leaky_relu},
    {"linear", linear},
    {"log", unary<"log">},
    {"log_softmax", log_softmax},
    {"matmul", matmul},
    {"max_pool2d", max_pool2d},
    {"mean", mean},
    {"mm", matmul},
    {"mul", mul},
    {"neg", unary<"neg">},
    {"ones_like", filled},
    {"pad", pad},
    {"permute", permute},
    {"propose_regions", propose_regions},
    {"relu", unary<"relu">},
    {"relu6", relu6},
    {"reshape", view},
    {"reshape_as", view},
    {"roi_align", roi_align},
    {"rsub", rsub},
    {"select", select},
    {"sigmoid", unary<"sigmoid">},
    {"silu", unary<"silu">},
    {"slice", slice},
    {"softmax", softmax},
    {"sqrt", unary<"sqrt">},
    {"squeeze", view},
    {"sub", sub},
    {"t", t},
    {"tanh", unary<"tanh">},
    {"transpose", transpose},
    {"unflatten", view},
    {"unsqueeze", view},
    {"upsample_bilinear2d", upsample_bilinear2d},
    {"upsample_nearest2d", upsample_nearest2d},
    {"view", view},
    {"view_as", view},
    {"zeros_like", filled},
};

}  // namespace

std::vector<std::string> traceable_ops() {
  std::vector<std::string> names;
  for (const Row& row : kTable) names.emplace_back(row.name);
  return names;
}

void translate_node(Translation& translation, size_t index) {
  const torch::jit::Node& node = *translation.recordings[0].nodes[index];
  // Constants, and lists of them, are read by the nodes that use them.
  if (node.kind().is_prim()) return;
  Call call(translation, index);
  const auto row = std::ranges::find(kTable, call.op(), &Row::name);
  const bool known = node.kind().is_aten() || node.kind().ns().toUnqualString() == "paucal"sv;
  if (!known || row == std::end(kTable))
    call.refuse(fmt::format("not supported; supported are {}", fmt::join(traceable_ops(), ", ")));
  const int id = row->translate(call);

  const std::vector<Seen> expected = call.output_sizes();
  for (size_t r = 0; r < call.recordings(); ++r) {
    const edge::Shape& shape = call.shape(id, r);
    // A single number is a vector of one element here; one that fills a tensor is broadcast later.
    bool same = expected.empty() ? shape.elements() == 1
                                 : shape.rank() == static_cast<int>(expected.size());
    if (call.graph().value(id).is_constant() && shape == edge::Shape{1}) continue;
    for (size_t d = 0; same && d < expected.size(); ++d)
      same = shape[static_cast<int>(d)] == expected[d][r];
    if (!same)
      call.refuse(fmt::format("the graph gives {}, another shape than libtorch", shape.text()));
  }
  const auto& first = translation.recordings[0];
  translation.of_number[first.numbers.at(node.output(0))] = id;
}

}  // namespace paucal::trace
