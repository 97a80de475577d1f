#include "review/run_heat.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "base/text.h"
#include "edge/post/interpret.h"
#include "edge/post/raw_layout.h"
#include "labels/json_fields.h"

namespace paucal::review {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxRunsKept = 4;
constexpr uint64_t kMaxCardBytes = 16 << 20, kMaxListBytes = uint64_t{1} << 30;

Result<Json> json_file(const fs::path& file) {
  const Result<Bytes> bytes = read_file(file, kMaxCardBytes);
  if (!bytes.ok()) return bytes.failure();
  return parse_json({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, file.string());
}

// model.json with what calibration.json says in its place.
Result<edge::ModelCard> card_of(const fs::path& run) {
  Result<Json> json = json_file(run / "model.json");
  if (!json.ok()) return json.failure();
  if (fs::exists(run / "calibration.json")) {
    const Result<Json> calibration = json_file(run / "calibration.json");
    if (!calibration.ok()) return calibration.failure();
    json->merge_patch(*calibration);
  }
  return edge::card_from_json(*json);
}

// The paths of the records, in their order.
Result<std::vector<std::string>> paths_of(const fs::path& file) {
  const Result<Bytes> bytes = read_file(file, kMaxListBytes);
  if (!bytes.ok()) return bytes.failure();
  std::vector<std::string> paths;
  std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (trim(line).empty()) continue;
    const auto json = parse_json(line, fmt::format("{} line {}", file.string(), paths.size() + 1));
    if (!json.ok()) return json.failure();
    paths.push_back(labels::text_member(*json, "path"));
  }
  return paths;
}

template <class T>
bool take(const InputFile& file, uint64_t offset, T* to, uint64_t count) {
  const auto bytes = file.read(offset, count * sizeof(T));
  if (!bytes.ok() || bytes->size() != count * sizeof(T)) return false;
  if (count > 0) std::memcpy(to, bytes->data(), bytes->size());
  return true;
}

// IEEE 754 binary16; what is not finite is 0.
float of_half(uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  if (exponent == 31) return 0;
  const float value = exponent == 0
                          ? std::ldexp(static_cast<float>(fraction), -24)
                          : std::ldexp(static_cast<float>(fraction | 1024), exponent - 25);
  return (half & 0x8000) != 0 ? -value : value;
}

// What is left of the file bounds the map; sides are bounded so that nothing overflows.
bool is_sound(const edge::RawFixed& fixed, size_t channels, uint64_t left) {
  constexpr int kMostSide = 1 << 24;
  bool sound = fixed.map_width >= 1 && fixed.map_height >= 1 && fixed.original_width >= 1 &&
               fixed.original_height >= 1;
  for (const int32_t side : {fixed.width, fixed.height, fixed.original_width, fixed.original_height,
                             fixed.map_width, fixed.map_height})
    sound = sound && side >= 0 && side <= kMostSide;
  for (const double value : fixed.matrix) sound = sound && std::isfinite(value);
  if (!sound || fixed.boxes > left / sizeof(edge::RawBox)) return false;
  left -= fixed.boxes * sizeof(edge::RawBox);
  return uint64_t(fixed.map_width) * uint64_t(fixed.map_height) <=
         left / sizeof(uint16_t) / channels;
}

// Of the map at a place between its cells; beyond its sides as at them.
float between(const edge::Map& map, double x, double y) {
  if (!std::isfinite(x) || !std::isfinite(y)) return 0;
  const double cx = std::clamp(x - .5, 0., map.width - 1.),
               cy = std::clamp(y - .5, 0., map.height - 1.);
  const int x0 = static_cast<int>(cx), y0 = static_cast<int>(cy);
  const int x1 = std::min(x0 + 1, map.width - 1), y1 = std::min(y0 + 1, map.height - 1);
  const auto fx = static_cast<float>(cx - x0), fy = static_cast<float>(cy - y0);
  const auto mix = [](float a, float b, float t) { return a + (b - a) * t; };
  return mix(mix(map.at(x0, y0), map.at(x1, y0), fx), mix(map.at(x0, y1), map.at(x1, y1), fx), fy);
}

edge::Image over_original(const edge::Map& heat, const edge::Geometry& geometry) {
  const int width = geometry.original_width(), height = geometry.original_height();
  const double scale = std::min(1., double(kMaxHeatSide) / std::max(width, height));
  edge::Image picture(std::max(1, static_cast<int>(std::lround(width * scale))),
                      std::max(1, static_cast<int>(std::lround(height * scale))), 1);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      const auto [u, v] =
          geometry.to_network((x + .5) * width / picture.width, (y + .5) * height / picture.height);
      const float value = between(heat, u, v);
      picture.at(x, y) = value > 0 ? static_cast<uint8_t>(std::min(value, 1.f) * 255 + .5f) : 0;
    }
  return picture;
}

}  // namespace

Result<RunHeat> RunHeat::open(const fs::path& run) {
  auto raw = InputFile::open(run / "raw.bin");
  if (!raw.ok()) return raw.failure();
  auto card = card_of(run);
  if (!card.ok()) return card.failure();
  const auto paths = paths_of(run / "predictions.jsonl");
  if (!paths.ok()) return paths.failure();
  edge::RawHeader header{};
  if (!take(*raw, 0, &header, 1) ||
      std::string_view(header.magic, sizeof(header.magic)) != edge::kRawMagic ||
      header.version != edge::kRawVersion)
    return failure("heat", "'{}/raw.bin': no raw predictions of version {}", run.string(),
                   edge::kRawVersion);
  Hasher hasher;
  for (const std::string& path : *paths) hasher.add(path);
  if (header.records != paths->size() ||
      std::string_view(header.identity, sizeof(header.identity)) != hasher.hex())
    return failure("heat", "'{}/raw.bin': {} records, expected those {} of predictions.jsonl",
                   run.string(), header.records, paths->size());
  if (header.records > 0 && header.channels != static_cast<uint32_t>(card->channels()))
    return failure("heat", "'{}/raw.bin': {} channels, expected {} as model.json says",
                   run.string(), header.channels, card->channels());
  RunHeat heat(std::move(*raw), std::move(*card));
  for (size_t i = 0; i < paths->size(); ++i) heat.records_[(*paths)[i]] = i;
  return heat;
}

Result<edge::Image> RunHeat::picture(const std::string& path) const {
  const auto found = records_.find(path);
  if (found == records_.end()) return failure("heat", "'{}': no image of the run", printable(path));
  const auto damaged = [&] {
    return failure("heat", "record {} of raw.bin is damaged", found->second);
  };
  const auto channels = static_cast<size_t>(card_.channels());
  uint64_t at = 0;
  if (!take(raw_, sizeof(edge::RawHeader) + found->second * sizeof(uint64_t), &at, 1) ||
      at > raw_.size())
    return damaged();
  edge::RawFixed fixed{};
  edge::RawPrediction raw;
  raw.scores.resize(channels);
  if (!take(raw_, at, &fixed, 1)) return damaged();
  at += sizeof(fixed);
  if (!take(raw_, at, raw.scores.data(), channels)) return damaged();
  at += channels * sizeof(double);
  if (at > raw_.size() || !is_sound(fixed, channels, raw_.size() - at)) return damaged();
  const auto likeliest = std::ranges::max_element(raw.scores) - raw.scores.begin();
  const size_t channel = card_.heat_channel(static_cast<int>(likeliest));
  raw.maps.resize(channels);
  raw.maps[channel] = edge::Map(fixed.map_width, fixed.map_height);
  std::vector<uint16_t> halves(raw.maps[channel].values.size());
  at += fixed.boxes * sizeof(edge::RawBox) + channel * halves.size() * sizeof(uint16_t);
  if (!take(raw_, at, halves.data(), halves.size())) return damaged();
  std::ranges::transform(halves, raw.maps[channel].values.begin(), of_half);
  std::array<double, 6> matrix;
  std::ranges::copy(fixed.matrix, matrix.begin());
  raw.geometry = edge::Geometry::from_matrix(matrix, fixed.width, fixed.height,
                                             fixed.original_width, fixed.original_height);
  return over_original(edge::heat_of_channel(card_, raw, channel), raw.geometry);
}

Result<std::shared_ptr<const RunHeat>> RunHeats::get(const fs::path& run) {
  std::error_code error;
  const auto written = fs::last_write_time(run / "raw.bin", error);
  if (error) return failure("heat", "'{}/raw.bin': {}", run.string(), error.message());
  const std::string key = fmt::format("{} {}", run.string(), written.time_since_epoch().count());
  const std::lock_guard lock(mutex_);  // also while it is read: nobody reads it twice
  for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
    if (kept->key != key) continue;
    kept_.splice(kept_.begin(), kept_, kept);
    return kept_.front().heat;
  }
  auto opened = RunHeat::open(run);
  Kept kept{key, failure("heat", "not read")};
  kept.heat = opened.ok() ? Result<std::shared_ptr<const RunHeat>>(
                                std::make_shared<const RunHeat>(std::move(*opened)))
                          : Result<std::shared_ptr<const RunHeat>>(opened.failure());
  kept_.push_front(std::move(kept));
  if (kept_.size() > kMaxRunsKept) kept_.pop_back();
  return kept_.front().heat;
}

}  // namespace paucal::review
