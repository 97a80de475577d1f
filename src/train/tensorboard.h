#pragma once
// TensorBoard event files.

#include <fstream>

#include "train/events.h"

namespace paucal::train {

class ProtoWriter;

// The frame of one record (TFRecord): u64 length, masked CRC-32C of the length, data, masked
// CRC-32C of the data; all little-endian.
std::string frame_record(std::string_view data);

// Each start of a process opens a file of its own, so nothing that an earlier one wrote is ever
// touched; a file cut short by a kill is read up to the cut. Its first events are the format's
// version and a SessionLog START at `first_step`, which makes TensorBoard forget what earlier
// files say about that step and later ones: what a resumed run does again is not drawn twice.
class TensorboardWriter : public Events {
 public:
  explicit TensorboardWriter(const std::filesystem::path& folder, int64_t first_step = 0);

  void scalar(std::string_view tag, int64_t step, double value) override;
  void image(std::string_view tag, int64_t step, const Picture& picture) override;
  void histogram(std::string_view tag, int64_t step, const Histogram& histogram) override;
  void pr_curve(std::string_view tag, int64_t step, const PrCurve& curve) override;
  // The plugin HParams takes every scalar for one to compare by.
  void settings(const Settings& settings, const std::vector<std::string>& scalars) override;

  void flush() override;

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
