// libFuzzer target: any headers give a response whose ETag can go back as a header.
#include "base/sha256.h"
#include "http/response.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paucal::http::ResponseHead response;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1);
    response.read(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  if (response.etag.find_first_of("\r\n") != std::string::npos) __builtin_trap();
  if (!response.digest().empty() && !paucal::is_sha256(response.digest())) __builtin_trap();
  return 0;
}
