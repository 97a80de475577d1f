#include "train/events.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "base/crc32c.h"
#include "base/error.h"
#include "train/proto_writer.h"

namespace paucal::train {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kEventsPlace = "events";
constexpr std::string_view kPrefix = "events.out.tfevents.";

// Field numbers of tensorflow/core/util/event.proto and framework/{summary,tensor}.proto.
namespace event {
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace session_log {
constexpr int kStatus = 1, kStart = 1;
}
namespace value {
constexpr int kTag = 1, kTensor = 8, kMetadata = 9;
}
namespace metadata {
constexpr int kPluginData = 1, kDataClass = 4;
constexpr int kScalar = 1, kTensor = 2, kBlobs = 3;
}  // namespace metadata
namespace tensor {
constexpr int kType = 1, kShape = 2, kContent = 4, kString = 8;
constexpr int kFloat = 1, kDouble = 2, kStringType = 7;
}  // namespace tensor

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The second in the file's name. TensorBoard reads a folder's files in the order of their names,
// so a later start needs a later name, even within one second or after the clock was set back.
int64_t name_second(const fs::path& folder) {
  auto second = static_cast<int64_t>(now());
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    int64_t used = 0;
    if (name.starts_with(kPrefix) &&
        std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), used).ec ==
            std::errc())
      second = std::max(second, used + 1);
  }
  return second;
}

ProtoWriter tensor_of(int type, std::initializer_list<size_t> shape) {
  ProtoWriter dims;
  for (const size_t size : shape)
    dims.message(2, ProtoWriter().integer(1, static_cast<int64_t>(size)));
  ProtoWriter result;
  result.integer(tensor::kType, type).message(tensor::kShape, dims);
  return result;
}

ProtoWriter matrix(size_t rows, size_t columns, const std::vector<double>& values) {
  ProtoWriter result = tensor_of(tensor::kDouble, {rows, columns});
  result.text(tensor::kContent,
              {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
  return result;
}

uint32_t masked_crc(std::string_view data) {
  const uint32_t crc = crc32c({reinterpret_cast<const uint8_t*>(data.data()), data.size()});
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

template <class T>
std::string raw(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

}  // namespace

std::string frame_record(std::string_view data) {
  const std::string length = raw(static_cast<uint64_t>(data.size()));
  std::string record = length + raw(masked_crc(length));
  record += data;
  return record + raw(masked_crc(data));
}

EventWriter::EventWriter(const fs::path& folder, int64_t first_step) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    fail(kEventsPlace, "'{}': folder cannot be made: {}", folder.string(), error.message());
  char host[256] = {};
  if (::gethostname(host, sizeof(host) - 1) != 0) std::strcpy(host, "localhost");
  path_ = folder / fmt::format("{}{:010}.{}.{}", kPrefix, name_second(folder), host, ::getpid());
  file_.open(path_, std::ios::binary | std::ios::trunc);
  if (!file_) fail(kEventsPlace, "'{}': {}", path_.string(), std::strerror(errno));

  ProtoWriter version;
  version.real(event::kWallTime, now()).text(event::kFileVersion, "brain.Event:2");
  file_ << frame_record(version.bytes());
  write(first_step, event::kSessionLog,
        ProtoWriter().integer(session_log::kStatus, session_log::kStart));
  flush();
}

void EventWriter::write(int64_t step, int field, const ProtoWriter& message) {
  ProtoWriter event;
  event.real(event::kWallTime, now()).integer(event::kStep, step).message(field, message);
  file_ << frame_record(event.bytes());
}

void EventWriter::flush() {
  if (!file_.flush())
    fail(kEventsPlace, "'{}': write failed: {}", path_.string(), std::strerror(errno));
}

void EventWriter::summary(std::string_view tag, int64_t step, std::string_view plugin,
                          int data_class, const ProtoWriter& tensor,
                          std::string_view plugin_content) {
  ProtoWriter plugin_data;
  plugin_data.text(1, plugin).text(2, plugin_content);
  ProtoWriter meta;
  meta.message(metadata::kPluginData, plugin_data).integer(metadata::kDataClass, data_class);
  ProtoWriter entry;
  entry.text(value::kTag, tag).message(value::kTensor, tensor).message(value::kMetadata, meta);
  write(step, event::kSummary, ProtoWriter().message(1, entry));
}

void EventWriter::scalar(std::string_view tag, int64_t step, double value) {
  ProtoWriter number = tensor_of(tensor::kFloat, {});
  number.text(tensor::kContent, raw(static_cast<float>(value)));
  summary(tag, step, "scalars", metadata::kScalar, number);
}

void EventWriter::image(std::string_view tag, int64_t step, std::span<const uint8_t> png, int width,
                        int height) {
  ProtoWriter strings = tensor_of(tensor::kStringType, {3});
  strings.text(tensor::kString, std::to_string(width))
      .text(tensor::kString, std::to_string(height))
      .text(tensor::kString, {reinterpret_cast<const char*>(png.data()), png.size()});
  summary(tag, step, "images", metadata::kBlobs, strings);
}

void EventWriter::histogram(std::string_view tag, int64_t step, std::span<const float> values) {
  std::vector<double> finite;
  for (const float v : values)
    if (std::isfinite(v)) finite.push_back(v);
  std::vector<double> buckets;  // rows of left edge, right edge, count
  if (!finite.empty()) {
    const auto [low, high] = std::ranges::minmax(finite);
    if (low == high) {
      buckets = {low - 0.5, low + 0.5, static_cast<double>(finite.size())};
    } else {
      constexpr int kBuckets = 30;
      const double width = (high - low) / kBuckets;
      for (int i = 0; i < kBuckets; ++i)
        buckets.insert(buckets.end(), {low + i * width, low + (i + 1) * width, 0.0});
      for (const double v : finite)
        ++buckets[3 * std::min(kBuckets - 1, static_cast<int>((v - low) / width)) + 2];
    }
  }
  summary(tag, step, "histograms", metadata::kTensor, matrix(buckets.size() / 3, 3, buckets));
}

void EventWriter::pr_curve(std::string_view tag, int64_t step, std::span<const double> scores,
                           std::span<const uint8_t> labels) {
  constexpr size_t kThresholds = 201;
  if (scores.size() != labels.size())
    fail(kEventsPlace, "'{}': {} scores and {} labels", tag, scores.size(), labels.size());
  // Positives and negatives called so at each threshold i / 200: first by the highest threshold
  // that a score reaches, then summed from the top.
  std::vector<double> true_positives(kThresholds), false_positives(kThresholds);
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!(scores[i] >= 0 && scores[i] <= 1))
      fail(kEventsPlace, "'{}': score {} of example {}, expected 0 to 1", tag, scores[i], i);
    ++(labels[i] ? true_positives
                 : false_positives)[static_cast<size_t>(scores[i] * (kThresholds - 1))];
  }
  for (size_t i = kThresholds - 1; i-- > 0;) {
    true_positives[i] += true_positives[i + 1];
    false_positives[i] += false_positives[i + 1];
  }
  // Rows: true and false positives, true and false negatives, precision, recall.
  std::vector<double> rows(6 * kThresholds);
  for (size_t i = 0; i < kThresholds; ++i) {
    const double tp = true_positives[i], fp = false_positives[i];
    const double positives = true_positives[0], negatives = false_positives[0];
    const double column[] = {tp,
                             fp,
                             negatives - fp,
                             positives - tp,
                             tp / std::max(1.0, tp + fp),
                             tp / std::max(1.0, positives)};
    for (size_t row = 0; row < 6; ++row) rows[row * kThresholds + i] = column[row];
  }
  ProtoWriter content;  // PrCurvePluginData.num_thresholds
  content.integer(2, kThresholds);
  summary(tag, step, "pr_curves", metadata::kTensor, matrix(6, kThresholds, rows), content.bytes());
}

void EventWriter::text(std::string_view tag, int64_t step, std::string_view markdown) {
  ProtoWriter strings = tensor_of(tensor::kStringType, {});
  strings.text(tensor::kString, markdown);
  summary(tag, step, "text", metadata::kTensor, strings);
}

}  // namespace paucal::train
