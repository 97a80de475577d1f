#include "edge/format/model_file.h"

#include <bit>
#include <cstring>

#include "base/crc32c.h"
#include "base/error.h"

namespace paucal::edge {
namespace {

static_assert(std::endian::native == std::endian::little, "model files are little-endian");

constexpr char kMagic[9] = "\x89PAUCAL\n";
constexpr size_t kAlignment = 64, kHeaderBytes = 32, kEntryBytes = 32, kCrcOffset = 24;
constexpr uint32_t kMaxSections = 64;
constexpr size_t kMaxJsonBytes = 64 << 20;

enum SectionId : uint32_t { kCard = 1, kGraph = 2, kWeights = 3 };

struct Section {
  uint32_t id = 0;
  uint32_t crc = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t reserved = 0;
};
static_assert(sizeof(Section) == kEntryBytes);

size_t aligned(size_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class T>
void store(uint8_t* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

std::span<const uint8_t> as_u8(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

uint32_t header_crc(std::span<const uint8_t> header, uint32_t sections) {
  const uint32_t first = crc32c(header.first(kCrcOffset));
  return crc32c(header.subspan(kHeaderBytes, sections * kEntryBytes), first);
}

struct Reader {
  std::span<const std::byte> file;
  const std::string& origin;

  template <class... Args>
  Failure wrong(size_t offset, fmt::format_string<Args...> format, Args&&... args) const {
    return failure("model", "'{}', byte {}: {}", origin, offset,
                   fmt::format(format, std::forward<Args>(args)...));
  }

  // The section table, checked as far as it can be without touching the sections.
  Result<std::vector<Section>> table() const {
    if (file.size() < kHeaderBytes || std::memcmp(file.data(), kMagic, 8) != 0)
      return wrong(0, "no Paucal model ({} bytes), expected a file of 'paucal export'",
                   file.size());
    const auto version = load<uint32_t>(&file[8]);
    if (version == 0 || version > kModelFileVersion)
      return wrong(8, "version {}, expected 1 to {}", version, kModelFileVersion);
    const auto count = load<uint32_t>(&file[12]);
    if (count > kMaxSections || kHeaderBytes + count * kEntryBytes > file.size())
      return wrong(12, "{} sections, expected at most {} that fit {} bytes", count, kMaxSections,
                   file.size());
    if (load<uint64_t>(&file[16]) != file.size())
      return wrong(16, "{} bytes, expected {}: the file was cut or appended to", file.size(),
                   load<uint64_t>(&file[16]));
    if (load<uint32_t>(&file[kCrcOffset]) != header_crc(as_u8(file), count))
      return wrong(kCrcOffset, "the header's checksum does not match");
    std::vector<Section> sections(count);
    for (uint32_t i = 0; i < count; ++i) {
      const size_t at = kHeaderBytes + i * kEntryBytes;
      sections[i] = load<Section>(&file[at]);
      const auto& [id, crc, offset, length, reserved] = sections[i];
      if (offset % kAlignment != 0 || offset > file.size() || length > file.size() - offset)
        return wrong(at, "section {} at {} of {} bytes, expected within {}, aligned to {}", id,
                     offset, length, file.size(), kAlignment);
    }
    return sections;
  }

  Result<std::span<const std::byte>> section(const std::vector<Section>& sections, SectionId id,
                                             const char* name) const {
    for (const Section& section : sections) {
      if (section.id != id) continue;
      const auto bytes = file.subspan(section.offset, section.length);
      if (crc32c(as_u8(bytes)) != section.crc)
        return wrong(section.offset, "the checksum of section '{}' does not match", name);
      return bytes;
    }
    return wrong(kHeaderBytes, "section '{}' is missing", name);
  }

  Result<Json> json(const std::vector<Section>& sections, SectionId id, const char* name) const {
    const auto bytes = section(sections, id, name);
    if (!bytes.ok()) return bytes.failure();
    if (bytes->size() > kMaxJsonBytes)
      return wrong(0, "section '{}' has {} bytes, expected at most {}", name, bytes->size(),
                   kMaxJsonBytes);
    const auto text = as_u8(*bytes);
    Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) return wrong(0, "section '{}' is no JSON", name);
    return json;
  }
};

}  // namespace

Bytes write_model(const ModelFile& model) {
  std::vector<std::byte> weights;
  const std::string graph = to_json(model.graph, weights).dump();
  const std::string card = model.card.dump();
  const std::pair<SectionId, std::span<const uint8_t>> parts[] = {
      {kCard, {reinterpret_cast<const uint8_t*>(card.data()), card.size()}},
      {kGraph, {reinterpret_cast<const uint8_t*>(graph.data()), graph.size()}},
      {kWeights, as_u8(weights)}};
  constexpr uint32_t kCount = std::size(parts);

  Bytes file(aligned(kHeaderBytes + kCount * kEntryBytes));
  for (uint32_t i = 0; i < kCount; ++i) {
    const auto& [id, bytes] = parts[i];
    const Section section{id, crc32c(bytes), file.size(), bytes.size(), 0};
    store(&file[kHeaderBytes + i * kEntryBytes], section);
    file.insert(file.end(), bytes.begin(), bytes.end());
    file.resize(aligned(file.size()));
  }
  std::memcpy(file.data(), kMagic, 8);
  store(&file[8], kModelFileVersion);
  store(&file[12], kCount);
  store<uint64_t>(&file[16], file.size());
  store(&file[kCrcOffset], header_crc(file, kCount));
  return file;
}

Result<ModelFile> read_model(const ConstantData& data, const std::string& origin) {
  const Reader reader{data.bytes, origin};
  const auto sections = reader.table();
  if (!sections.ok()) return sections.failure();
  auto card = reader.json(*sections, kCard, "card");
  if (!card.ok()) return card.failure();
  const auto structure = reader.json(*sections, kGraph, "graph");
  if (!structure.ok()) return structure.failure();
  const auto weights = reader.section(*sections, kWeights, "weights");
  if (!weights.ok()) return weights.failure();
  auto graph = graph_from_json(*structure, *weights, data.owner);
  if (!graph.ok()) return failure("model", "'{}': {}", origin, graph.failure().message);
  return ModelFile{std::move(*graph), std::move(*card)};
}

}  // namespace paucal::edge
