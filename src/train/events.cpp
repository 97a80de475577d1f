#include "train/events.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
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
constexpr int kScalar = 1;
}  // namespace metadata
namespace tensor {
constexpr int kType = 1, kShape = 2, kContent = 4;
constexpr int kFloat = 1;
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

void EventWriter::scalar(std::string_view tag, int64_t step, double value) {
  ProtoWriter number;
  number.integer(tensor::kType, tensor::kFloat)
      .message(tensor::kShape, {})
      .text(tensor::kContent, raw(static_cast<float>(value)));
  ProtoWriter plugin;
  plugin.text(1, "scalars").text(2, "");
  ProtoWriter meta;
  meta.message(metadata::kPluginData, plugin).integer(metadata::kDataClass, metadata::kScalar);
  ProtoWriter entry;
  entry.text(value::kTag, tag).message(value::kTensor, number).message(value::kMetadata, meta);
  write(step, event::kSummary, ProtoWriter().message(1, entry));
}

}  // namespace paucal::train
