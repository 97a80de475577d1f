#pragma once
// The one input, `image`, in its two forms:
//   BYTES [N] or [N, 1]                 files (JPEG, PNG, …), decoded by a worker
//   UINT8 [N, H, W, C] or [H, W, C]     pixels; C 1 or 3; parameter `format`: rgb, bgr, grey
// Sizes are checked before memory is taken. N may be 0: clients send empty tensors.

#include <cstddef>
#include <string_view>
#include <vector>

#include "serve/infer_json.h"

namespace paucal::serve {

struct InputLimits {
  std::size_t max_batch = 8;          // images
  std::int64_t max_pixels = 1 << 20;  // of an image
};

// Of the JSON alone; the data of `input` are moved out.
Checked<std::vector<Input>> images_in_json(JsonInput& input, const InputLimits& limits);

// `binary`: the bytes that belong to this input; elements of BYTES behind 4 bytes of length each,
// little-endian.
Checked<std::vector<Input>> images_in_binary(const JsonInput& input, std::string_view binary,
                                             const InputLimits& limits);

}  // namespace paucal::serve
