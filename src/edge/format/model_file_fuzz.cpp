// libFuzzer target: any bytes as a model file. The checksums are made right first, so that
// mutations get past them; what is accepted is run on small inputs. Whatever is wrong must be a
// Failure: nothing may crash, leak, hang or take much memory.
//
// Mutations know the format: a chain of ops is written, and its JSON changed one number or part at
// a time. graph_fuzz.cpp goes through all ops.
#include <algorithm>
#include <cstring>
#include <random>

#include "base/crc32c.h"
#include "edge/format/fuzz_json.h"
#include "edge/format/model_file.h"
#include "edge/runtime/session.h"

using namespace paucal;
using namespace paucal::edge;

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

constexpr size_t kHeader = 32, kEntry = 32;

template <class T>
T load(const Bytes& file, size_t at) {
  T value;
  std::memcpy(&value, &file[at], sizeof value);
  return value;
}
template <class T>
void store(Bytes& file, size_t at, T value) {
  std::memcpy(&file[at], &value, sizeof value);
}

void mend_checksums(Bytes& file) {
  if (file.size() < kHeader) return;
  store<uint64_t>(file, 16, file.size());
  const size_t count = std::min<size_t>(load<uint32_t>(file, 12), (file.size() - kHeader) / kEntry);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = kHeader + i * kEntry;
    const auto offset = load<uint64_t>(file, at + 8), length = load<uint64_t>(file, at + 16);
    if (offset <= file.size() && length <= file.size() - offset)
      store(file, at + 4, crc32c(std::span(file).subspan(offset, length)));
  }
  const std::span<const uint8_t> bytes(file);
  store(file, 24, crc32c(bytes.subspan(kHeader, count * kEntry), crc32c(bytes.first(24))));
}

// Runs the model with 2 (then 0) for every free size.
void run(const std::shared_ptr<const Model>& model) {
  Session session(model, {.threads = 1, .max_bytes = 1 << 20});
  for (const int64_t free_size : {2, 0, 5}) {
    std::vector<Tensor> inputs;
    std::vector<Bytes> memory;
    for (const int id : model->graph().inputs) {
      const Value& value = model->graph().value(id);
      Shape shape = value.shape;
      for (int d = 0; d < shape.rank(); ++d)
        if (shape[d] == Shape::kFree) shape[d] = free_size;
      const int64_t elements = shape.elements();
      if (elements < 0 || elements > 1 << 16) return;
      // Exactly as long as the tensor, so that a read beyond it is seen.
      memory.emplace_back(static_cast<size_t>(elements) * size_of(value.type), uint8_t{0x3f});
      inputs.push_back({value.type, value.layout, shape, memory.back().data()});
    }
    if (!session.run(inputs).ok()) continue;
    (void)to_text(model->graph(), session.plan().signatures);
  }
}

// A model with a chain of ops that take what the one before gives.
Bytes seed_model() {
  Graph graph;
  int id = graph.add_input("x", Type::kF32, {Shape::kFree, 3, 8, 8});
  const std::vector<float> weights(64, 0.5f);
  const int w = graph.add_constant("w", Type::kF32, {4, 3, 1, 1},
                                   std::as_bytes(std::span(weights).first(12)));
  const auto add = [&](const char* op, std::vector<int> in,
                       std::map<std::string, Attribute, std::less<>> attributes) {
    if (!find_op(op)) return;
    const int next = graph.add_node(op, op, std::move(in), std::move(attributes));
    graph.value(next).layout = graph.value(id).layout;
    id = next;
  };
  add("relu", {id}, {});
  add("to_channels_last", {id}, {});
  graph.value(id).layout = Layout::kChannelsLast;
  add("conv2d", {id, w},
      {{"stride", {1, 1}}, {"padding", {0, 0, 0, 0}}, {"dilation", {1, 1}}, {"groups", {1}}});
  add("max_pool2d", {id}, {{"kernel", {2, 2}}, {"stride", {2, 2}}});
  add("resize_nearest", {id}, {{"scale", {2, 2}}});
  add("global_avg_pool", {id}, {});
  add("to_rows", {id}, {});
  graph.value(id).layout = Layout::kRows;
  add("reshape", {id}, {{"shape", {0, 4}}});
  add("softmax", {id}, {{"axis", {1}}});
  graph.outputs = {id};
  return write_model({std::move(graph), Json{{"task", "inspection"}}});
}

double interesting(std::minstd_rand& random) {
  constexpr double kNumbers[] = {
      0,    1,   2,    3,     4,     5,   7,   8,          16,           -1,
      -2,   64,  127,  255,   256,   1e5, 1e9, 2147483647, 4294967296.0, 9e15,
      1e18, 0.5, 1e-5, -1e30, 3.4e38};
  return kNumbers[random() % std::size(kNumbers)];
}

void change(Json& json, std::minstd_rand& random) {
  const auto below = [&](size_t n) { return random() % n; };
  fuzz::change_json(json, below,
                    {[&](double) { return interesting(random); },
                     [&](const std::string& text) -> std::string {
                       if (random() % 2) return text;
                       const auto ops = all_ops();
                       if (random() % 4) return std::string(ops[random() % ops.size()]->name);
                       return random() % 2 ? "i64" : "u8";
                     }});
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  std::minstd_rand random(seed);
  const auto put = [&](const Bytes& file) {
    if (file.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
    std::copy(file.begin(), file.end(), data);
    return file.size();
  };
  if (size < 128) return put(seed_model());
  if (random() % 4 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const auto file = read_model(
      SharedBytes::copy_of(std::as_bytes(std::span<const uint8_t>(data, size))), "mutated");
  if (!file.ok()) return LLVMFuzzerMutate(data, size, max_size);
  // Written, changed in its JSON, and written again around the same weights.
  const Bytes whole = write_model(*file);
  std::vector<std::byte> weights;
  Json graph = to_json(file->graph, weights);
  for (auto edits = 1 + random() % 3; edits > 0; --edits) change(graph, random);
  const std::string card = file->card.dump(), text = graph.dump();
  Bytes result(128);
  const std::span<const uint8_t> parts[] = {
      {reinterpret_cast<const uint8_t*>(card.data()), card.size()},
      {reinterpret_cast<const uint8_t*>(text.data()), text.size()},
      {reinterpret_cast<const uint8_t*>(weights.data()), weights.size()}};
  std::copy_n(whole.begin(), kHeader, result.begin());
  for (uint32_t i = 0; i < 3; ++i) {
    store(result, kHeader + i * kEntry, i + 1);
    store(result, kHeader + i * kEntry + 8, uint64_t{result.size()});
    store(result, kHeader + i * kEntry + 16, uint64_t{parts[i].size()});
    result.insert(result.end(), parts[i].begin(), parts[i].end());
    result.resize((result.size() + 63) / 64 * 64);
  }
  mend_checksums(result);
  return put(result);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes file(data, data + size);
  mend_checksums(file);
  auto read = read_model(SharedBytes::copy_of(std::as_bytes(std::span<const uint8_t>(file))), "f");
  if (!read.ok()) return 0;
  const auto model = Model::make(std::move(*read));
  if (model.ok()) run(*model);
  return 0;
}
