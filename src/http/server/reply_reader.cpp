#include "http/server/reply_reader.h"

#include <algorithm>
#include <charconv>

#include "base/files.h"

namespace paucal::http {
namespace {

constexpr std::size_t kMostHeadBytes = 64 << 10;

template <class Number>
bool read_number(std::string_view text, Number& number, int base) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number, base);
  return !text.empty() && error == std::errc() && stopped == end;
}

}  // namespace

const std::string* Reply::field(std::string_view name) const {
  const std::string wanted = lower(name);
  for (const Field& field : fields)
    if (lower(field.name) == wanted) return &field.value;
  return nullptr;
}

ReplyReader::State ReplyReader::add(std::string_view bytes) {
  buffer_.append(bytes);
  return advance();
}

ReplyReader::State ReplyReader::end() {
  if (phase_ == Phase::kToEnd) phase_ = Phase::kDone;
  keeps_alive_ = false;
  return phase_ == Phase::kDone ? State::kDone : State::kBroken;
}

// The line that begins at `at`, which then stands behind it.
std::optional<std::string_view> ReplyReader::line(std::size_t& at) const {
  const std::size_t end = buffer_.find("\r\n", at);
  if (end == std::string::npos) return {};
  const std::string_view found = std::string_view(buffer_).substr(at, end - at);
  at = end + 2;
  return found;
}

ReplyReader::State ReplyReader::advance() {
  std::size_t at = 0;
  State state = State::kDone;
  while (phase_ != Phase::kDone && state == State::kDone) {
    const std::string_view left = std::string_view(buffer_).substr(at);
    if (phase_ == Phase::kHead) {
      const std::size_t end = left.find("\r\n\r\n");
      if (end == std::string_view::npos) {
        state = left.size() > kMostHeadBytes ? State::kBroken : State::kMore;
      } else {
        if (!read_head(left.substr(0, end + 2))) state = State::kBroken;
        at += end + 4;
      }
    } else if (phase_ == Phase::kLength || phase_ == Phase::kChunk || phase_ == Phase::kToEnd) {
      const bool to_end = phase_ == Phase::kToEnd;
      const std::size_t count = to_end ? left.size() : std::min<std::uint64_t>(rest_, left.size());
      if (count > max_body_ - std::min(max_body_, reply_.body.size())) {
        state = State::kTooLarge;
        break;
      }
      reply_.body.append(left.substr(0, count));
      at += count;
      rest_ -= to_end ? 0 : count;
      if (to_end || rest_ > 0)
        state = State::kMore;
      else
        phase_ = phase_ == Phase::kChunk ? Phase::kChunkEnd : Phase::kDone;
    } else {
      const auto text = line(at);
      if (!text) {
        state = left.size() > kMostHeadBytes ? State::kBroken : State::kMore;
      } else if (phase_ == Phase::kChunkSize) {
        if (!read_chunk_size(*text)) state = State::kBroken;
      } else if (phase_ == Phase::kChunkEnd) {
        if (!text->empty()) state = State::kBroken;
        phase_ = Phase::kChunkSize;
      } else if (text->empty()) {
        phase_ = Phase::kDone;
      }
    }
  }
  buffer_.erase(0, at);
  return state;
}

bool ReplyReader::read_chunk_size(std::string_view text) {
  text = trim(text.substr(0, text.find(';')));
  if (!read_number(text, rest_, 16)) return false;
  phase_ = rest_ == 0 ? Phase::kTrailer : Phase::kChunk;
  return true;
}

bool ReplyReader::read_field(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string name = lower(text.substr(0, colon));
  const std::string_view value = trim(text.substr(colon + 1));
  reply_.fields.push_back({std::string(text.substr(0, colon)), std::string(value)});
  if (name == "connection") keeps_alive_ = lower(value) != "close";
  if (name == "transfer-encoding") {
    if (lower(value) != "chunked") return false;
    chunked_ = true;
  }
  if (name == "content-length") {
    std::uint64_t length = 0;
    if (!read_number(value, length, 10) || (length_ && *length_ != length)) return false;
    length_ = length;
  }
  return true;
}

bool ReplyReader::read_head(std::string_view head) {
  reply_ = {};
  length_.reset();
  chunked_ = false;
  std::size_t at = head.find("\r\n");
  const std::string_view first = head.substr(0, at);
  if (first.size() < 12 || !first.starts_with("HTTP/1.") || first[8] != ' ' ||
      !read_number(first.substr(9, 3), reply_.status, 10))
    return false;
  keeps_alive_ = first[7] != '0';
  for (at += 2; at < head.size();) {
    const std::size_t end = head.find("\r\n", at);
    if (!read_field(head.substr(at, end - at))) return false;
    at = end + 2;
  }
  if (reply_.status >= 100 && reply_.status < 200) return true;  // the answer is yet to come
  if (to_head_ || reply_.status == 204 || reply_.status == 304) {
    phase_ = Phase::kDone;
  } else if (chunked_) {
    phase_ = Phase::kChunkSize;
  } else {
    phase_ = length_ ? Phase::kLength : Phase::kToEnd;
    rest_ = length_.value_or(0);
    keeps_alive_ &= length_.has_value();
  }
  return true;
}

}  // namespace paucal::http
