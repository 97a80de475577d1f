#pragma once
// VisualDL log files. Source of the format: visualdl 2.5 (PyPI), proto/record_pb2.py and
// writer/record_writer.py.

#include <fstream>

#include "train/events.h"

namespace paucal::train {

class ProtoWriter;

// The frame of one record: u64 length, little-endian, then the data.
std::string frame_vdl_record(std::string_view data);

// VisualDL shows one file a folder, so a later process goes on in the file of the one before:
// records of `first_step` and later ones, and one that a kill has cut short, are taken out first.
class VisualdlWriter : public Events {
 public:
  explicit VisualdlWriter(const std::filesystem::path& folder, int64_t first_step = 0);
  ~VisualdlWriter() override;

  void scalar(std::string_view tag, int64_t step, double value) override;
  void image(std::string_view tag, int64_t step, const Picture& picture) override;
  void histogram(std::string_view tag, int64_t step, const Histogram& histogram) override;
  void pr_curve(std::string_view tag, int64_t step, const PrCurve& curve) override;
  void settings(const Settings& settings, const std::vector<std::string>& scalars) override;

  void flush() override;

  const std::filesystem::path& path() const { return path_; }

 private:
  // `value`: the field of Record.Value that says what it is, and nothing before it.
  void write(std::string_view tag, int64_t step, const ProtoWriter& value);

  std::filesystem::path path_;
  std::ofstream file_;
  // What is not in the file yet: whole records, since VisualDL stumbles over half of one.
  std::string waiting_;
  bool has_settings_ = false;
};

}  // namespace paucal::train
