// NMS and ROI align on given inputs, on one thread: milliseconds of processor time, the least of
// several runs. One JSON object a line:
//   bench_detection FOLDER
// FOLDER holds what bench/detection_torchvision.py writes (raw little-endian floats and int32):
// boxes_N, scores_N, labels_N, features, rois. The results go beside it, to be compared.

#include <fmt/format.h>
#include <torch/torch.h>

#include <ctime>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "edge/post/detect.h"
#include "models/roi_align.h"

namespace {

using namespace paucal;
namespace fs = std::filesystem;

constexpr int kRuns = 7;
constexpr int64_t kImages = 2, kChannels = 64, kSide = 64;

template <class T>
std::vector<T> read(const fs::path& path) {
  const Bytes bytes = value_or_throw(read_file(path, uint64_t{1} << 30));
  std::vector<T> values(bytes.size() / sizeof(T));
  std::copy_n(bytes.data(), values.size() * sizeof(T), reinterpret_cast<uint8_t*>(values.data()));
  return values;
}

template <class T>
void write(const fs::path& path, const T* values, size_t count) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(values);
  write_file_atomic(path, Bytes(bytes, bytes + count * sizeof(T)));
}

template <class Body>
double least_ms(const Body& body) {
  double least = 1e9;
  for (int i = 0; i < kRuns; ++i) {
    const std::clock_t start = std::clock();
    body();
    least = std::min(least, 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return least;
}

void bench_nms(const fs::path& folder, int count) {
  const auto name = [&](const char* what) { return folder / fmt::format("{}_{}", what, count); };
  const auto sides = read<float>(name("boxes")), scores = read<float>(name("scores"));
  const auto labels = read<int32_t>(name("labels"));
  std::vector<edge::ScoredBox> boxes;
  for (size_t i = 0; i < scores.size(); ++i)
    boxes.push_back({{sides[4 * i], sides[4 * i + 1], sides[4 * i + 2], sides[4 * i + 3]},
                     scores[i],
                     labels[i]});
  std::vector<edge::ScoredBox> kept;
  const edge::NmsOptions options{.score = 0, .iou = .5, .max_boxes = 1'000'000};
  const double ms = least_ms([&] { kept = edge::nms(boxes, options); });
  std::vector<float> best;
  for (const auto& box : kept) best.push_back(box.score);
  write(folder / fmt::format("kept_{}", count), best.data(), best.size());
  fmt::print("{{\"case\": \"nms {}\", \"ms\": {:.4f}}}\n", count, ms);
}

void bench_roi_align(const fs::path& folder) {
  const auto values = read<float>(folder / "features"), sides = read<float>(folder / "rois");
  const at::Tensor rois = torch::tensor(sides).reshape({-1, 5});
  at::Tensor features = torch::tensor(values).reshape({kImages, kChannels, kSide, kSide});
  features.requires_grad_();
  at::Tensor out;
  const double forward = least_ms([&] { out = models::roi_align(features, rois, {7, .25, 2}); });
  const at::Tensor ones = torch::ones_like(out);
  double backward = 1e9;
  for (int i = 0; i < kRuns; ++i) {
    out = models::roi_align(features, rois, {7, .25, 2});
    const std::clock_t start = std::clock();
    out.backward(ones);
    backward = std::min(backward, 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  const at::Tensor plain = out.detach().contiguous();
  write(folder / "aligned", plain.data_ptr<float>(), static_cast<size_t>(plain.numel()));
  fmt::print("{{\"case\": \"roi_align forward\", \"ms\": {:.4f}}}\n", forward);
  fmt::print("{{\"case\": \"roi_align backward\", \"ms\": {:.4f}}}\n", backward);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr,
               "usage: bench_detection FOLDER, as bench/detection_torchvision.py writes it\n");
    return 2;
  }
  at::set_num_threads(1);
  for (const int count : {1000, 10000}) bench_nms(argv[1], count);
  bench_roi_align(argv[1]);
}
