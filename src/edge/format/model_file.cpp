#include "edge/format/model_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/json_text.h"
#include "edge/machine/round.h"

namespace paucal::edge {
namespace {

static_assert(std::endian::native == std::endian::little, "model files are little-endian");

constexpr char kMagic[9] = "\x89PAUCAL\n";
constexpr size_t kHeaderBytes = 32, kEntryBytes = 32, kCrcOffset = 24;
constexpr uint32_t kMaxSections = 64;
// Bounds of the JSON sections, so that no file can take much memory, stack or time: an object's
// keys are searched one by one. A network of 10,000 nodes has 2 MB of JSON.
constexpr size_t kMaxJsonBytes = 16 << 20;
constexpr int kMaxLevels = 32;
constexpr int kMaxJsonKeys = 1000;

enum SectionId : uint32_t { kCard = 1, kGraph = 2, kWeights = 3 };

struct Section {
  uint32_t id = 0;
  uint32_t crc = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t reserved = 0;
};
static_assert(sizeof(Section) == kEntryBytes);

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
    if (load<uint32_t>(&file[28]) != 0) return wrong(28, "expected 0");
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

  // What lies between the sections belongs to none and is 0, so that no damage goes unseen.
  std::optional<Failure> check_padding(std::vector<Section> sections) const {
    std::ranges::sort(sections, {}, &Section::offset);
    sections.push_back({0, 0, file.size(), 0, 0});
    size_t end = kHeaderBytes + (sections.size() - 1) * kEntryBytes;
    for (const Section& section : sections) {
      if (section.offset < end || section.offset - end >= kAlignment)
        return wrong(end, "the next section begins at {}, expected within {} bytes", section.offset,
                     kAlignment);
      for (; end < section.offset; ++end)
        if (file[end] != std::byte{0}) return wrong(end, "no section's byte, expected 0");
      end = section.offset + section.length;
    }
    return std::nullopt;
  }

  // The one section of that id, with its checksum checked.
  Result<Section> section(const std::vector<Section>& sections, SectionId id,
                          const char* name) const {
    const auto found = std::ranges::find(sections, uint32_t{id}, &Section::id);
    if (found == sections.end()) return wrong(kHeaderBytes, "section '{}' is missing", name);
    if (crc32c(as_u8(bytes_of(*found))) != found->crc)
      return wrong(found->offset, "the checksum of section '{}' does not match", name);
    return *found;
  }

  std::span<const std::byte> bytes_of(const Section& section) const {
    return file.subspan(section.offset, section.length);
  }

  Result<Json> json(const Section& section, const char* name) const {
    if (section.length > kMaxJsonBytes)
      return wrong(section.offset, "section '{}' has {} bytes, expected at most {}", name,
                   section.length, kMaxJsonBytes);
    const auto text = as_u8(bytes_of(section));
    std::array<int, kMaxLevels + 1> keys{};  // of the object that is open at each depth
    const auto bound = [&](int depth, Json::parse_event_t event, const Json&) {
      if (depth >= kMaxLevels) fail("model", "nested deeper than {}", kMaxLevels);
      const auto level = static_cast<size_t>(depth);
      if (event == Json::parse_event_t::object_start) keys[level + 1] = 0;
      if (event == Json::parse_event_t::key && ++keys[level] > kMaxJsonKeys)
        fail("model", "an object of more than {} keys", kMaxJsonKeys);
      return true;
    };
    try {
      return Json::parse(text.begin(), text.end(), bound);
    } catch (const Json::parse_error& error) {
      return wrong(section.offset + error.byte, "section '{}' is no JSON: {}", name, error.what());
    } catch (const std::bad_alloc&) {
      throw;  // says nothing about the file
    } catch (const std::exception& error) {
      return wrong(section.offset, "section '{}': {}", name, error.what());
    }
  }
};

}  // namespace

Bytes write_model(const ModelFile& model) {
  std::vector<std::byte> weights;
  const std::string graph = to_json(model.graph, weights).dump();
  const std::string card = dump_json(model.card);
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

Result<ModelFile> read_model(const SharedBytes& data, const std::string& origin) {
  const Reader reader{data.bytes, origin};
  const auto sections = reader.table();
  if (!sections.ok()) return sections.failure();
  if (auto wrong = reader.check_padding(*sections)) return *wrong;
  const auto card_section = reader.section(*sections, kCard, "card");
  if (!card_section.ok()) return card_section.failure();
  const auto graph_section = reader.section(*sections, kGraph, "graph");
  if (!graph_section.ok()) return graph_section.failure();
  const auto weights = reader.section(*sections, kWeights, "weights");
  if (!weights.ok()) return weights.failure();

  auto card = reader.json(*card_section, "card");
  if (!card.ok()) return card.failure();
  const auto structure = reader.json(*graph_section, "graph");
  if (!structure.ok()) return structure.failure();
  auto graph = graph_from_json(*structure, reader.bytes_of(*weights), data.owner);
  if (!graph.ok()) return reader.wrong(graph_section->offset, "{}", graph.failure().message);
  return ModelFile{std::move(*graph), unescape_names(std::move(*card))};
}

}  // namespace paucal::edge
