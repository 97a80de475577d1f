#pragma once
// TensorBoard event files: curves, pictures and distributions of a run.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

namespace paucal::train {

class ProtoWriter;

// The frame of one record (TFRecord): u64 length, masked CRC-32C of the length, data, masked
// CRC-32C of the data; all little-endian.
std::string frame_record(std::string_view data);

// Each start of a process opens a file of its own, so nothing that an earlier one wrote is ever
// touched; a file cut short by a kill is read up to the cut. Its first events are the format's
// version and a SessionLog START at `first_step`, which makes TensorBoard forget what earlier
// files say about that step and later ones: what a resumed run does again is not drawn twice.
//
// Records reach the file at flush() or at the end. Not thread-safe. Throws Error where the file
// cannot be written.
class EventWriter {
 public:
  explicit EventWriter(const std::filesystem::path& folder, int64_t first_step = 0);

  // A tag is a path such as "train/loss": what stands before the '/' groups the charts.
  void scalar(std::string_view tag, int64_t step, double value);

  // `png`: a whole PNG file of width × height pixels.
  void image(std::string_view tag, int64_t step, std::span<const uint8_t> png, int width,
             int height);

  // 30 buckets of equal width from the least to the greatest; values that are not finite are left
  // out.
  void histogram(std::string_view tag, int64_t step, std::span<const float> values);

  // Precision and recall at 201 thresholds from 0 to 1. Scores lie in [0, 1]; a label is not 0
  // for a positive. Throws Error otherwise.
  void pr_curve(std::string_view tag, int64_t step, std::span<const double> scores,
                std::span<const uint8_t> labels);

  void text(std::string_view tag, int64_t step, std::string_view markdown);

  void flush();

  const std::filesystem::path& path() const { return path_; }

 private:
  void write(int64_t step, int field, const ProtoWriter& message);
  // `plugin`: who draws it. `data_class`: SummaryMetadata.DataClass.
  void summary(std::string_view tag, int64_t step, std::string_view plugin, int data_class,
               const ProtoWriter& tensor, std::string_view plugin_content = {});

  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace paucal::train
