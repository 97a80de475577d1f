#pragma once
// What a weight file is, by its first bytes and its directory, and weight files inside archives.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/files.h"

namespace paucal::models {

enum class WeightFormat { kSafetensors, kTorchZip, kTorchPickle };

// "safetensors", "PyTorch (zip)", "PyTorch before 1.6 (pickle)"
std::string_view format_name(WeightFormat format);
std::string_view format_ending(WeightFormat format);  // ".safetensors", ".pth"

// Nothing where it is none of them. No more than the frame is looked at: reading may still fail.
std::optional<WeightFormat> weight_format(std::span<const uint8_t> bytes);

// A zip archive, such as a wheel, that is no weight file itself.
bool is_archive(std::span<const uint8_t> bytes);

struct ArchivedWeights {
  std::string name;  // of the file, without its folders
  Bytes bytes;
};

// The weight file in an archive: `member`, or, where that is empty, its only .pth, .pt, .bin or
// .safetensors. Throws Error with `origin`: broken, none, or several, which it names.
ArchivedWeights weights_in_archive(std::span<const uint8_t> bytes, std::string_view member,
                                   const std::string& origin);

}  // namespace paucal::models
