// libFuzzer target: a stranger's answer, in one piece and byte by byte, is the same answer.
#include "http/server/reply_reader.h"

namespace {

std::string read_reply(std::string_view bytes, std::size_t cut) {
  paucal::http::ReplyReader reader(1 << 16, false);
  using State = paucal::http::ReplyReader::State;
  State state = State::kMore;
  while (!bytes.empty() && state == State::kMore) {
    state = reader.add(bytes.substr(0, cut));
    bytes.remove_prefix(std::min(cut, bytes.size()));
  }
  if (state != State::kDone) return {};
  if (reader.reply().body.size() > 1 << 16) __builtin_trap();
  return std::to_string(reader.reply().status) + reader.reply().body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (read_reply(bytes, size + 1) != read_reply(bytes, 1)) __builtin_trap();
  return 0;
}
