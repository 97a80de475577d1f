#include "data/feed/ignore_file.h"

#include "base/error.h"
#include "edge/pre/decode.h"

namespace paucal::data {

edge::IgnoreMask read_ignore_mask(const std::filesystem::path& file) {
  const edge::Image image = value_or_throw(edge::read_image(file, {.channels = 1}));
  edge::IgnoreMask mask{image.width, image.height, {}};
  bool hidden = false;
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    if ((image.pixels[i] > 127) == hidden) continue;
    mask.ends.push_back(static_cast<int64_t>(i));
    hidden = !hidden;
  }
  mask.ends.push_back(static_cast<int64_t>(image.pixels.size()));
  if (mask.ends.size() > edge::IgnoreMask::kMaxRuns)
    fail("ignore", "'{}': {} runs of one colour, expected at most {}: whole areas, not grain",
         file.string(), mask.ends.size(), edge::IgnoreMask::kMaxRuns);
  return mask;
}

void load_ignored(edge::PreprocessOptions& options) {
  if (options.ignore.empty()) return;
  options.ignored = std::make_shared<const edge::IgnoreMask>(read_ignore_mask(options.ignore));
  if (const auto wrong = edge::check(options))
    fail(wrong->place, "'{}': {}", options.ignore, wrong->message);
}

}  // namespace paucal::data
