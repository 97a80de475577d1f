#include <algorithm>

#include "base/error.h"
#include "models/byte_reader.h"
#include "models/pth_tensors.h"

namespace paucal::models {

TensorIndex index_weights(std::span<const uint8_t> bytes, const std::string& origin) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("PK\x03\x04") || is_legacy_pth(bytes)) return index_pth(bytes, origin);
  if (text.size() > 8 && text[8] == '{') return index_safetensors(bytes, origin);
  fail("weights", "'{}': begins with '{}', expected safetensors or a file of torch.save", origin,
       printable(text.substr(0, 8)));
}

}  // namespace paucal::models
