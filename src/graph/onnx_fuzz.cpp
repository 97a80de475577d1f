// libFuzzer target: any bytes as an ONNX file. What is read must validate, infer and be written
// again, or be refused by a message; nothing may crash, hang or take much memory.
#include "base/error.h"
#include "graph/onnx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace paucal;
  const auto graph = graph::read_onnx({data, size});
  if (!graph.ok()) {
    if (graph.failure().message.empty()) __builtin_trap();
    return 0;
  }
  if (edge::validate(*graph)) __builtin_trap();
  std::vector<edge::Shape> shapes;
  for (const int id : graph->inputs) {
    edge::Shape shape = graph->value(id).shape;
    for (int d = 0; d < shape.rank(); ++d)
      if (shape[d] == edge::Shape::kFree) shape[d] = 16;
    shapes.push_back(shape);
  }
  (void)edge::infer(*graph, shapes).ok();
  try {
    (void)graph::write_onnx(*graph);
  } catch (const Error&) {
  }
  return 0;
}
