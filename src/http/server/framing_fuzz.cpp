// libFuzzer target: however a connection's bytes are cut, the same requests come out of them, and
// the two readers of a head agree (request_reader_beast.cpp refuses where they don't).
#include <algorithm>

#include "http/server/request_reader.h"

namespace {

std::string read_all(std::string_view bytes, std::size_t cut) {
  paucal::http::ServerOptions options;
  options.max_body_bytes = 1 << 16;
  const auto reader = paucal::http::make_request_reader(options);
  std::string seen;
  while (!bytes.empty()) {
    reader->add(bytes.substr(0, cut));
    bytes.remove_prefix(std::min(cut, bytes.size()));
    for (;;) {
      using Step = paucal::http::RequestReader::Step;
      const Step step = reader->advance();
      if (step == Step::kMore) break;
      if (step == Step::kRefused) return seen + "refused";
      if (step == Step::kHead) continue;
      const paucal::http::Request request = reader->take();
      if (request.body.size() > options.max_body_bytes) __builtin_trap();
      seen += request.method + ' ' + request.body + '\n';
      for (const auto& field : request.fields) seen += field.name + ':' + field.value + '\n';
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = read_all(bytes, size + 1);
  const std::string one_by_one = read_all(bytes, 1);
  if (whole != one_by_one) __builtin_trap();
  return 0;
}
