#pragma once
// A folder whose images are checked, and PNGs of 16 bits for it.

#include <png.h>

#include "data/check/check.h"
#include "data/set/test_folder.h"

namespace paucal::data {

class CheckFolder : public TestFolder {
 protected:
  DataOptions options() const {
    DataOptions options;
    options.root = root_.string();
    return options;
  }
  CheckReport check() const { return check_dataset(options()); }
};

inline Bytes png_of_16(const std::vector<uint16_t>& samples, int width) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(width);
  png.height = static_cast<png_uint_32>(samples.size()) / png.width;
  png.format = PNG_FORMAT_LINEAR_Y;
  Bytes data(1 << 16);
  png_alloc_size_t size = data.size();
  png_image_write_to_memory(&png, data.data(), &size, 0, samples.data(), 0, nullptr);
  data.resize(size);
  return data;
}

}  // namespace paucal::data
