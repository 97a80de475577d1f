#pragma once
// Content codings of bodies: gzip (RFC 1952) and deflate, which is the zlib format (RFC 1950).

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace paucal::http {

enum class Coding { kIdentity, kGzip, kDeflate };

// Of a Content-Encoding field; nothing for another coding or a list of several.
std::optional<Coding> coding_of(std::string_view field);
// The best of an Accept-Encoding field: gzip before deflate, identity where neither is asked for.
Coding accepted_coding(std::string_view field);
const char* name_of(Coding coding);

// Takes a compressed body piece by piece. One thread at a time.
class Inflater {
 public:
  enum class State { kMore, kEnd, kBroken, kTooLarge };

  explicit Inflater(Coding coding);  // gzip or deflate
  ~Inflater();
  // Appends what `bytes` hold to `out`, of which no more than `limit` bytes are written.
  State add(std::string_view bytes, std::string& out, std::size_t limit);
  State state() const { return state_; }

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  State state_ = State::kMore;
};

// Nothing if there is no memory for it.
std::optional<std::string> compressed(std::string_view text, Coding coding);

}  // namespace paucal::http
