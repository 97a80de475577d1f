#pragma once
// TensorBoard event files: the curves of a run.

#include <cstdint>
#include <filesystem>
#include <fstream>
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

  void flush();

  const std::filesystem::path& path() const { return path_; }

 private:
  void write(int64_t step, int field, const ProtoWriter& message);
  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace paucal::train
