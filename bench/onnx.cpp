// Writes networks as ONNX files into a folder, each with its input and our output as raw numbers,
// so that a peer can run and check them:
//   bench_onnx FOLDER && node bench/onnxruntime.mjs FOLDER/resnet18.onnx --shape 1,3,224,224
//     --input FOLDER/resnet18.in --dump FOLDER/resnet18.peer
// Prints a JSON object a network: name, shapes, types, nodes.

#include "graph/onnx.h"

#include <cstdio>

#include "base/error.h"
#include "base/files.h"
#include "edge_nets.h"
#include "graph/test_nets.h"

using namespace paucal;

namespace {

void write(const std::filesystem::path& folder, const graph::test::Net& net) {
  const auto file = [&](const char* ending) { return folder / (net.name + ending); };
  write_file_atomic(file(".onnx"), graph::write_onnx(net.graph));
  const auto input = graph::test::random_input(net, 0);
  write_file_atomic(file(".in"), {reinterpret_cast<const uint8_t*>(input.data()), input.size()});
  const auto output = value_or_throw(graph::test::run(net, net.graph));
  const auto bytes = std::as_bytes(std::span(output));
  write_file_atomic(file(".out"), {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  Json line{{"name", net.name}, {"nodes", net.graph.nodes.size()}};
  for (const edge::Shape& shape : net.shapes)
    line["shape"] = std::vector<int64_t>(shape.dims().begin(), shape.dims().end());
  line["type"] = edge::name_of(net.graph.value(net.graph.inputs[0]).type);
  std::puts(line.dump().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_onnx FOLDER\n");
    return 2;
  }
  try {
    for (const graph::test::Net& net : graph::test::nets()) write(argv[1], net);
    write(argv[1], {"resnet18", bench::resnet18(1000), {{1, 3, 224, 224}}});
    write(argv[1], {"mobilenet_v2", bench::mobilenet_v2(1000), {{1, 3, 224, 224}}});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
