#include "models/weight_format.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "models/pth_tensors.h"
#include "models/zip.h"

namespace paucal::models {
namespace {

bool begins_with(std::span<const uint8_t> bytes, std::string_view start) {
  return bytes.size() >= start.size() && std::memcmp(bytes.data(), start.data(), start.size()) == 0;
}

bool is_zip(std::span<const uint8_t> bytes) {
  return begins_with(bytes, "PK\x03\x04");
}

// A broken archive counts as PyTorch's: its reader says what is broken.
bool holds_pickle(std::span<const uint8_t> bytes) {
  try {
    const auto entries = read_zip(bytes, "", ZipMethods::kDeflatedToo);
    return std::ranges::any_of(entries, [](const auto& entry) {
      return entry.first == "data.pkl" || entry.first.ends_with("/data.pkl");
    });
  } catch (const Error&) {
    return true;
  }
}

bool is_weight_name(std::string_view name) {
  const std::string small = lower(name);
  return small.ends_with(".pth") || small.ends_with(".pt") || small.ends_with(".bin") ||
         small.ends_with(".safetensors");
}

}  // namespace

std::string_view format_name(WeightFormat format) {
  switch (format) {
    case WeightFormat::kSafetensors:
      return "safetensors";
    case WeightFormat::kTorchZip:
      return "PyTorch (zip)";
    case WeightFormat::kTorchPickle:
      break;
  }
  return "PyTorch before 1.6 (pickle)";
}

std::string_view format_ending(WeightFormat format) {
  return format == WeightFormat::kSafetensors ? ".safetensors" : ".pth";
}

std::optional<WeightFormat> weight_format(std::span<const uint8_t> bytes) {
  if (is_zip(bytes)) {
    if (holds_pickle(bytes)) return WeightFormat::kTorchZip;
    return {};
  }
  if (is_legacy_pth(bytes)) return WeightFormat::kTorchPickle;
  if (bytes.size() > 8 && bytes[8] == '{') return WeightFormat::kSafetensors;
  return {};
}

bool is_archive(std::span<const uint8_t> bytes) {
  return is_zip(bytes) && !holds_pickle(bytes);
}

ArchivedWeights weights_in_archive(std::span<const uint8_t> bytes, std::string_view member,
                                   const std::string& origin) {
  const auto entries = read_zip(bytes, origin, ZipMethods::kDeflatedToo);
  std::vector<std::string> found;
  for (const auto& [name, entry] : entries)
    if (member.empty() ? is_weight_name(name) : name == member) found.push_back(name);
  if (found.empty())
    fail("weights", "'{}': an archive of {} files without {}", origin, entries.size(),
         member.empty() ? std::string_view(".pth or .safetensors") : member);
  if (found.size() > 1)
    fail("weights", "'{}': several weight files ({}), expected one: unpack it and name the file",
         origin, fmt::join(found, ", "));
  const std::string& name = found.front();
  return {name.substr(name.rfind('/') + 1), unpack(bytes, entries.at(name), origin)};
}

}  // namespace paucal::models
