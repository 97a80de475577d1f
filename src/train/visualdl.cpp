#include "train/visualdl.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "train/proto_writer.h"

namespace paucal::train {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kVdlPlace = "events";
constexpr const char* kVdlFile = "vdlrecords.log";  // VisualDL looks for "vdlrecords"
constexpr std::string_view kVdlSettings = "hparam";
constexpr std::string_view kVdlMeta = "meta_data_tag";

// Field numbers of Record.
namespace record {
constexpr int kValues = 1;
}
namespace vdl_value {
constexpr int kId = 1, kTag = 2, kTimestamp = 3, kNumber = 4, kImage = 5, kHistogram = 8,
              kPrCurve = 9, kMeta = 10, kHparam = 13;
}

// What a record begins with: the step and the tag of its value.
struct RecordHead {
  int64_t step = 0;
  std::string_view tag;
};

// Reads what ProtoWriter wrote. Nothing where the bytes are not that.
class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : bytes_(bytes) {}

  std::optional<RecordHead> head() {
    if (byte() != (record::kValues << 3 | 2) || !varint()) return std::nullopt;
    RecordHead head;
    if (byte() != (vdl_value::kId << 3)) return std::nullopt;
    const auto step = varint();
    if (!step || byte() != (vdl_value::kTag << 3 | 2)) return std::nullopt;
    const auto length = varint();
    if (!length || *length > bytes_.size() - at_) return std::nullopt;
    head.step = static_cast<int64_t>(*step);
    head.tag = bytes_.substr(at_, *length);
    return head;
  }

 private:
  int byte() { return at_ < bytes_.size() ? static_cast<uint8_t>(bytes_[at_++]) : -1; }
  std::optional<uint64_t> varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const int next = byte();
      if (next < 0) return std::nullopt;
      value |= static_cast<uint64_t>(next & 0x7F) << shift;
      if (next < 0x80) return value;
    }
    return std::nullopt;
  }

  std::string_view bytes_;
  size_t at_ = 0;
};

struct Kept {
  std::string records;
  bool settings = false;
};

// The records before `first_step`, as far as the file is one of ours.
Kept records_before(std::string_view file, int64_t first_step) {
  Kept kept;
  while (file.size() >= sizeof(uint64_t)) {
    uint64_t size = 0;
    std::memcpy(&size, file.data(), sizeof(size));
    if (size > file.size() - sizeof(size)) break;
    const auto head = RecordReader(file.substr(sizeof(size), size)).head();
    if (!head) break;
    const std::string_view whole = file.substr(0, sizeof(size) + size);
    file.remove_prefix(whole.size());
    if (head->step >= first_step && head->tag != kVdlMeta) continue;
    kept.records += whole;
    kept.settings |= head->tag == kVdlSettings;
  }
  return kept;
}

int64_t milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// VisualDL's table takes what stands behind a '.' for a part of what stands before, and shows
// nothing.
std::string without_dots(std::string name) {
  std::ranges::replace(name, '.', '/');
  return name;
}

// Record.HParam.HparamInfo
ProtoWriter hparam_info(std::string_view name, const Json& value) {
  ProtoWriter info;
  if (value.is_boolean())
    info.integer(1, value.get<bool>() ? 1 : 0);
  else if (value.is_number_integer())
    info.integer(1, value.get<int64_t>());
  else if (value.is_number())
    info.real(2, value.get<double>());
  else
    info.text(3, value.is_string() ? value.get<std::string>() : value.dump());
  info.text(4, name);
  return info;
}

}  // namespace

std::string frame_vdl_record(std::string_view data) {
  const uint64_t size = data.size();
  std::string framed(reinterpret_cast<const char*>(&size), sizeof(size));
  return framed += data;
}

VisualdlWriter::VisualdlWriter(const fs::path& folder, int64_t first_step)
    : path_(folder / kVdlFile) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail(kVdlPlace, "'{}': folder cannot be made: {}", folder.string(), error.message());
  Kept kept;
  if (fs::exists(path_)) kept = records_before(read_text(path_), first_step);
  has_settings_ = kept.settings;
  const bool begins = kept.records.empty();
  write_text_atomic(path_, kept.records);
  file_.open(path_, std::ios::binary | std::ios::app);
  if (!file_) fail(kVdlPlace, "'{}': {}", path_.string(), std::strerror(errno));
  // MetaData.display_name: empty, so that the run is called by its folder.
  if (begins)
    write(kVdlMeta, 0, ProtoWriter().message(vdl_value::kMeta, ProtoWriter().text(1, "")));
  flush();
}

VisualdlWriter::~VisualdlWriter() {
  file_ << waiting_;
}

void VisualdlWriter::write(std::string_view tag, int64_t step, const ProtoWriter& value) {
  std::string name(tag);
  std::ranges::replace(name, '%', '_');  // VisualDL writes a '/' so
  ProtoWriter whole;
  whole.integer(vdl_value::kId, step)
      .text(vdl_value::kTag, name)
      .integer(vdl_value::kTimestamp, milliseconds());
  const std::string bytes = whole.bytes() + value.bytes();
  waiting_ += frame_vdl_record(ProtoWriter().text(record::kValues, bytes).bytes());
}

void VisualdlWriter::flush() {
  file_ << waiting_;
  waiting_.clear();
  if (!file_.flush())
    fail(kVdlPlace, "'{}': write failed: {}", path_.string(), std::strerror(errno));
}

void VisualdlWriter::scalar(std::string_view tag, int64_t step, double value) {
  write(tag, step, ProtoWriter().real32(vdl_value::kNumber, static_cast<float>(value)));
}

void VisualdlWriter::image(std::string_view tag, int64_t step, const Picture& picture) {
  ProtoWriter image;
  image.text(4, {reinterpret_cast<const char*>(picture.png.data()), picture.png.size()});
  write(tag, step, ProtoWriter().message(vdl_value::kImage, image));
}

void VisualdlWriter::histogram(std::string_view tag, int64_t step, const Histogram& histogram) {
  if (histogram.counts.empty()) return;  // VisualDL cannot show one of nothing
  write(tag, step,
        ProtoWriter().message(vdl_value::kHistogram,
                              ProtoWriter().reals(1, histogram.counts).reals(2, histogram.edges)));
}

void VisualdlWriter::pr_curve(std::string_view tag, int64_t step, const PrCurve& curve) {
  ProtoWriter rows;
  rows.integers(1, curve.true_positives)
      .integers(2, curve.false_positives)
      .integers(3, curve.true_negatives)
      .integers(4, curve.false_negatives)
      .reals(5, curve.precision)
      .reals(6, curve.recall);
  write(tag, step, ProtoWriter().message(vdl_value::kPrCurve, rows));
}

void VisualdlWriter::settings(const Settings& settings, const std::vector<std::string>& scalars) {
  if (has_settings_) return;
  ProtoWriter all;
  for (const auto& [name, value] : settings) all.message(1, hparam_info(without_dots(name), value));
  for (const std::string& tag : scalars) all.message(2, hparam_info(tag, 0.));
  write(kVdlSettings, 0, ProtoWriter().message(vdl_value::kHparam, all));
  has_settings_ = true;
}

}  // namespace paucal::train
