#pragma once
// Reads one response out of a connection's bytes, however they are cut. The server may be a
// stranger: limits hold.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server/server.h"

namespace paucal::http {

struct Reply {
  int status = 0;
  std::vector<Field> fields;
  std::string body;  // as it came: no coding is undone

  const std::string* field(std::string_view name) const;  // in any case
};

class ReplyReader {
 public:
  enum class State { kMore, kDone, kBroken, kTooLarge };

  // `to_head`: the answer to HEAD has no body.
  ReplyReader(std::size_t max_body_bytes, bool to_head)
      : max_body_(max_body_bytes), to_head_(to_head) {}

  State add(std::string_view bytes);
  State end();  // the connection ended: the end of a body without a length, or a cut
  bool has_begun() const { return !buffer_.empty() || phase_ != Phase::kHead; }
  bool keeps_alive() const { return keeps_alive_ && buffer_.empty(); }
  Reply& reply() { return reply_; }

 private:
  enum class Phase { kHead, kLength, kToEnd, kChunkSize, kChunk, kChunkEnd, kTrailer, kDone };

  State advance();
  std::optional<std::string_view> line(std::size_t& at) const;
  bool read_head(std::string_view head);
  bool read_field(std::string_view line);
  bool read_chunk_size(std::string_view line);

  std::size_t max_body_;
  bool to_head_, keeps_alive_ = true, chunked_ = false;
  std::optional<std::uint64_t> length_;
  std::uint64_t rest_ = 0;  // of the body or chunk
  Phase phase_ = Phase::kHead;
  std::string buffer_;
  Reply reply_;
};

}  // namespace paucal::http
