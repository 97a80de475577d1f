#include "train/tensorboard.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
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
constexpr int kNone = 0, kScalar = 1, kTensor = 2, kBlobs = 3;
}  // namespace metadata
namespace tensor {
constexpr int kType = 1, kShape = 2, kContent = 4, kString = 8;
constexpr int kFloat = 1, kDouble = 2, kStringType = 7;
}  // namespace tensor
// tensorboard/plugins/hparams/plugin_data.proto and google/protobuf/struct.proto.
namespace hparams {
constexpr int kSessionStartInfo = 3, kHparams = 1, kKey = 1, kValue = 2;
constexpr int kNumber = 2, kString = 3, kBool = 4;
}  // namespace hparams

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
  result.reals(tensor::kContent, values);
  return result;
}

ProtoWriter hparam_value(const Json& value) {
  ProtoWriter result;
  if (value.is_boolean())
    result.integer(hparams::kBool, value.get<bool>() ? 1 : 0);
  else if (value.is_number())
    result.real(hparams::kNumber, value.get<double>());
  else
    result.text(hparams::kString, value.is_string() ? value.get<std::string>() : value.dump());
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

TensorboardWriter::TensorboardWriter(const fs::path& folder, int64_t first_step) {
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

void TensorboardWriter::write(int64_t step, int field, const ProtoWriter& message) {
  ProtoWriter event;
  event.real(event::kWallTime, now()).integer(event::kStep, step).message(field, message);
  file_ << frame_record(event.bytes());
}

void TensorboardWriter::flush() {
  if (!file_.flush())
    fail(kEventsPlace, "'{}': write failed: {}", path_.string(), std::strerror(errno));
}

void TensorboardWriter::summary(std::string_view tag, int64_t step, std::string_view plugin,
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

void TensorboardWriter::scalar(std::string_view tag, int64_t step, double value) {
  ProtoWriter number = tensor_of(tensor::kFloat, {});
  number.text(tensor::kContent, raw(static_cast<float>(value)));
  summary(tag, step, "scalars", metadata::kScalar, number);
}

void TensorboardWriter::image(std::string_view tag, int64_t step, const Picture& picture) {
  ProtoWriter strings = tensor_of(tensor::kStringType, {3});
  strings.text(tensor::kString, std::to_string(picture.width))
      .text(tensor::kString, std::to_string(picture.height))
      .text(tensor::kString,
            {reinterpret_cast<const char*>(picture.png.data()), picture.png.size()});
  summary(tag, step, "images", metadata::kBlobs, strings);
}

void TensorboardWriter::histogram(std::string_view tag, int64_t step, const Histogram& histogram) {
  std::vector<double> buckets;  // rows of left edge, right edge, count
  for (size_t i = 0; i < histogram.counts.size(); ++i)
    buckets.insert(buckets.end(),
                   {histogram.edges[i], histogram.edges[i + 1], histogram.counts[i]});
  summary(tag, step, "histograms", metadata::kTensor, matrix(histogram.counts.size(), 3, buckets));
}

void TensorboardWriter::pr_curve(std::string_view tag, int64_t step, const PrCurve& curve) {
  std::vector<double> rows;
  for (const auto* row : {&curve.true_positives, &curve.false_positives, &curve.true_negatives,
                          &curve.false_negatives})
    rows.insert(rows.end(), row->begin(), row->end());
  for (const auto* row : {&curve.precision, &curve.recall})
    rows.insert(rows.end(), row->begin(), row->end());
  ProtoWriter content;  // PrCurvePluginData.num_thresholds
  content.integer(2, PrCurve::kThresholds);
  summary(tag, step, "pr_curves", metadata::kTensor, matrix(6, PrCurve::kThresholds, rows),
          content.bytes());
}

void TensorboardWriter::settings(const Settings& settings, const std::vector<std::string>&) {
  ProtoWriter start;
  for (const auto& [name, value] : settings)
    start.message(
        hparams::kHparams,
        ProtoWriter().text(hparams::kKey, name).message(hparams::kValue, hparam_value(value)));
  summary("_hparams_/session_start_info", 0, "hparams", metadata::kNone,
          tensor_of(tensor::kFloat, {0}),
          ProtoWriter().message(hparams::kSessionStartInfo, start).bytes());
}

}  // namespace paucal::train
