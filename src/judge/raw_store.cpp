#include "judge/raw_store.h"

#include <c10/util/Half.h>

#include <bit>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "edge/post/raw_layout.h"

namespace paucal::judge {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr uint64_t kAlign = 8;

using Header = edge::RawHeader;
using Fixed = edge::RawFixed;
using StoredBox = edge::RawBox;

// The nearest half float; values beyond ±65504 become ±65504.
c10::Half to_half(float value) {
  constexpr float kLargest = 65504;
  return std::clamp(value, -kLargest, kLargest);
}

template <class T>
std::span<const uint8_t> bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()};
}

void set_identity(Header& header, const std::string& identity) {
  if (identity.size() != sizeof(header.identity))
    fail("raw", "an identity of {} characters, expected {}", identity.size(),
         sizeof(header.identity));
  std::memcpy(header.identity, identity.data(), sizeof(header.identity));
}

Fixed fixed_of(const RawPrediction& raw) {
  Fixed fixed{};
  std::ranges::copy(raw.geometry.matrix(), fixed.matrix);
  fixed.stride_x = raw.stride_x;
  fixed.stride_y = raw.stride_y;
  fixed.width = raw.geometry.width();
  fixed.height = raw.geometry.height();
  fixed.original_width = raw.geometry.original_width();
  fixed.original_height = raw.geometry.original_height();
  fixed.map_width = raw.maps[0].width;
  fixed.map_height = raw.maps[0].height;
  fixed.boxes = static_cast<uint32_t>(raw.boxes.size());
  return fixed;
}

// Takes one value after another from bytes that may end too early.
class Cursor {
 public:
  Cursor(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  template <class T>
  void take(T* to, size_t count) {
    if (count > bytes_.size() / sizeof(T))
      fail("raw", "'{}': it ends within a record; run the stage predict again", name_);
    if (count > 0) std::memcpy(to, bytes_.data(), count * sizeof(T));
    bytes_ = bytes_.subspan(count * sizeof(T));
  }
  size_t left() const { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
  const std::string& name_;
};

void check_fixed(const Fixed& fixed, size_t channels, size_t left, const std::string& name) {
  constexpr int kMostSide = 1 << 24;
  const auto is_side = [](int32_t side) { return side >= 0 && side <= kMostSide; };
  bool sound = is_side(fixed.width) && is_side(fixed.height) && is_side(fixed.original_width) &&
               is_side(fixed.original_height) && fixed.map_width >= 1 && fixed.map_height >= 1 &&
               is_side(fixed.map_width) && is_side(fixed.map_height) && fixed.stride_x > 0 &&
               fixed.stride_y > 0;
  for (const double value : fixed.matrix) sound = sound && std::isfinite(value);
  // 2⁴⁸ cells at most, so that nothing overflows; and never more than the file holds.
  const uint64_t cells = sound ? uint64_t(fixed.map_width) * uint64_t(fixed.map_height) : 0;
  sound = sound && cells <= left / sizeof(c10::Half) / channels &&
          fixed.boxes <= left / sizeof(StoredBox);
  if (!sound)
    fail("raw", "'{}': a record of {} × {} cells and {} boxes in {} bytes; run predict again", name,
         fixed.map_width, fixed.map_height, fixed.boxes, left);
}

void take_boxes(Cursor& cursor, uint32_t count, RawPrediction& raw) {
  std::vector<StoredBox> boxes(count);
  cursor.take(boxes.data(), boxes.size());
  for (const StoredBox& box : boxes)
    raw.boxes.push_back({{box.x0, box.y0, box.x1, box.y1}, box.score, box.label});
}

void take_maps(Cursor& cursor, size_t channels, const Fixed& fixed, RawPrediction& raw) {
  std::vector<c10::Half> halves;
  for (size_t c = 0; c < channels; ++c) {
    edge::Map& map = raw.maps.emplace_back(fixed.map_width, fixed.map_height);
    halves.resize(map.values.size());
    cursor.take(halves.data(), halves.size());
    std::ranges::copy(halves, map.values.begin());
  }
}

}  // namespace

std::string records_identity(const data::Dataset& dataset) {
  Hasher hasher;
  for (const data::Record& record : dataset.records) hasher.add(record.path);
  return hasher.hex();
}

RawWriter::RawWriter(const std::filesystem::path& path, size_t records, const std::string& identity)
    : file_(path),
      records_(records),
      identity_(identity),
      end_(sizeof(Header) + records * sizeof(uint64_t)) {
  file_.append(std::vector<uint8_t>(end_));  // known at commit()
}

void RawWriter::add(const RawPrediction& raw) {
  const auto channels = static_cast<uint32_t>(raw.scores.size());
  if (channels == 0 || raw.maps.size() != channels || (channels_ != 0 && channels != channels_) ||
      offsets_.size() == records_)
    fail("raw", "{} scores and {} maps for record {} of {}, expected {} of both", channels,
         raw.maps.size(), offsets_.size(), records_, channels_);
  channels_ = channels;
  const Fixed fixed = fixed_of(raw);
  std::vector<uint8_t> record;
  const auto append = [&](std::span<const uint8_t> bytes) {
    record.insert(record.end(), bytes.begin(), bytes.end());
  };
  append(bytes_of(std::span(&fixed, 1)));
  append(bytes_of(std::span<const double>(raw.scores)));
  for (const edge::ScoredBox& found : raw.boxes) {
    const auto& [box, score, label] = found;
    const StoredBox stored{box.x0, box.y0, box.x1, box.y1, score, label};
    append(bytes_of(std::span(&stored, 1)));
  }
  for (const edge::Map& map : raw.maps) {
    if (map.width != fixed.map_width || map.height != fixed.map_height)
      fail("raw", "maps of several sizes, expected one");
    std::vector<c10::Half> halves(map.values.size());
    std::ranges::transform(map.values, halves.begin(), to_half);
    append(bytes_of(std::span<const c10::Half>(halves)));
  }
  record.resize((record.size() + kAlign - 1) / kAlign * kAlign);
  file_.append(record);
  offsets_.push_back(end_);
  end_ += record.size();
}

void RawWriter::commit() {
  if (offsets_.size() != records_)
    fail("raw", "{} records, expected {}", offsets_.size(), records_);
  Header header{};
  std::ranges::copy(edge::kRawMagic, header.magic);
  header.version = edge::kRawVersion;
  header.channels = channels_;
  header.records = records_;
  set_identity(header, identity_);
  file_.overwrite(0, bytes_of(std::span<const Header>(&header, 1)));
  if (!offsets_.empty())
    file_.overwrite(sizeof(Header), bytes_of(std::span<const uint64_t>(offsets_)));
  file_.commit();
}

RawStore RawStore::open(const std::filesystem::path& path, const std::string& identity,
                        size_t channels) {
  RawStore store(path.string(), value_or_throw(map_file(path)));
  const auto bytes = store.bytes_.bytes;
  Header header{};
  if (bytes.size() >= sizeof(header)) std::memcpy(&header, bytes.data(), sizeof(header));
  if (std::string_view(header.magic, sizeof(header.magic)) != edge::kRawMagic ||
      header.version != edge::kRawVersion)
    fail("raw", "'{}': not raw predictions of version {}; run the stage predict again", store.name_,
         edge::kRawVersion);
  if (header.records > (bytes.size() - sizeof(header)) / sizeof(uint64_t))
    fail("raw", "'{}': {} bytes for {} records; run the stage predict again", store.name_,
         bytes.size(), header.records);
  if (std::string_view(header.identity, sizeof(header.identity)) != identity)
    fail("raw",
         "'{}': raw predictions of other images than those of the data set; run the stage "
         "predict again",
         store.name_);
  if (header.records > 0 && header.channels != channels)
    fail("raw", "'{}': {} channels, expected {} as the model has", store.name_, header.channels,
         channels);
  store.records_ = header.records;
  store.channels_ = channels;
  return store;
}

RawPrediction RawStore::at(int record) const {
  const auto number = static_cast<size_t>(record);
  if (record < 0 || number >= records_)
    fail("raw", "'{}': record {} of {}", name_, record, records_);
  uint64_t offset = 0;
  std::memcpy(&offset, bytes_.bytes.data() + sizeof(Header) + number * sizeof(uint64_t),
              sizeof(offset));
  if (offset > bytes_.bytes.size())
    fail("raw", "'{}': record {} at byte {} of {}; run the stage predict again", name_, record,
         offset, bytes_.bytes.size());
  Cursor cursor(bytes_.bytes.subspan(offset), name_);
  Fixed fixed{};
  cursor.take(&fixed, 1);
  RawPrediction raw;
  raw.scores.resize(channels_);
  cursor.take(raw.scores.data(), channels_);
  check_fixed(fixed, channels_, cursor.left(), name_);
  std::array<double, 6> matrix;
  std::ranges::copy(fixed.matrix, matrix.begin());
  raw.geometry = edge::Geometry::from_matrix(matrix, fixed.width, fixed.height,
                                             fixed.original_width, fixed.original_height);
  raw.stride_x = fixed.stride_x;
  raw.stride_y = fixed.stride_y;
  take_boxes(cursor, fixed.boxes, raw);
  take_maps(cursor, channels_, fixed, raw);
  return raw;
}

RawSource RawStore::source() const {
  return [store = *this](int record) { return store.at(record); };
}

}  // namespace paucal::judge
