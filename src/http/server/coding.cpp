#include "http/server/coding.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/files.h"

namespace paucal::http {
namespace {

int window_bits(Coding coding) {
  return coding == Coding::kGzip ? 15 + 16 : 15;
}

unsigned clamped(std::size_t size) {
  return static_cast<unsigned>(std::min<std::size_t>(size, std::numeric_limits<unsigned>::max()));
}

// zlib's interface knows no const.
Bytef* bytes_of(const char* text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text));
}

// "gzip;q=0" refuses it.
bool is_refused(std::string_view parameters) {
  const size_t q = parameters.find("q=0");
  return q != std::string_view::npos &&
         parameters.find_first_of("123456789", q + 3) == std::string_view::npos;
}

}  // namespace

std::optional<Coding> coding_of(std::string_view field) {
  const std::string name = lower(trim(field));
  if (name.empty() || name == "identity") return Coding::kIdentity;
  if (name == "gzip" || name == "x-gzip") return Coding::kGzip;
  if (name == "deflate") return Coding::kDeflate;
  return {};
}

Coding accepted_coding(std::string_view field) {
  bool gzip = false, deflate = false;
  while (!field.empty()) {
    const size_t comma = std::min(field.find(','), field.size());
    const std::string item = lower(field.substr(0, comma));
    field.remove_prefix(std::min(comma + 1, field.size()));
    const size_t semicolon = std::min(item.find(';'), item.size());
    if (is_refused(std::string_view(item).substr(semicolon))) continue;
    const std::string_view name = trim(std::string_view(item).substr(0, semicolon));
    gzip |= name == "gzip" || name == "x-gzip";
    deflate |= name == "deflate";
  }
  if (gzip) return Coding::kGzip;
  return deflate ? Coding::kDeflate : Coding::kIdentity;
}

const char* name_of(Coding coding) {
  if (coding == Coding::kIdentity) return "identity";
  return coding == Coding::kGzip ? "gzip" : "deflate";
}

struct Inflater::Stream {
  z_stream z = {};
};

Inflater::Inflater(Coding coding) : stream_(std::make_unique<Stream>()) {
  if (::inflateInit2(&stream_->z, window_bits(coding)) != Z_OK) state_ = State::kBroken;
}

Inflater::~Inflater() {
  ::inflateEnd(&stream_->z);
}

Inflater::State Inflater::add(std::string_view bytes, std::string& out, std::size_t limit) {
  z_stream& z = stream_->z;
  while (!bytes.empty() && state_ == State::kMore) {
    char piece[32 << 10];
    z.next_in = bytes_of(bytes.data());
    z.avail_in = clamped(bytes.size());
    z.next_out = bytes_of(piece);
    z.avail_out = sizeof(piece);
    const unsigned given = z.avail_in;
    const int code = ::inflate(&z, Z_NO_FLUSH);
    bytes.remove_prefix(given - z.avail_in);
    const std::size_t made = sizeof(piece) - z.avail_out;
    if (code == Z_STREAM_END) state_ = State::kEnd;
    const bool goes_on = code == Z_OK || code == Z_STREAM_END;
    // Z_BUF_ERROR: neither bytes were read nor any made, which cannot be with both at hand.
    if (!goes_on) state_ = State::kBroken;
    if (made > limit - std::min(limit, out.size())) state_ = State::kTooLarge;
    if (state_ == State::kMore || state_ == State::kEnd) out.append(piece, made);
  }
  if (state_ == State::kEnd && !bytes.empty()) state_ = State::kBroken;  // what follows is nothing
  return state_;
}

std::optional<std::string> compressed(std::string_view text, Coding coding) {
  z_stream z = {};
  // Level 1: answers are made once and read once.
  if (::deflateInit2(&z, 1, Z_DEFLATED, window_bits(coding), 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return {};
  std::string out(::deflateBound(&z, text.size()), '\0');
  z.next_in = bytes_of(text.data());
  z.avail_in = clamped(text.size());
  z.next_out = bytes_of(out.data());
  z.avail_out = clamped(out.size());
  const int code = ::deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  ::deflateEnd(&z);
  if (code != Z_STREAM_END) return {};
  return out;
}

}  // namespace paucal::http
