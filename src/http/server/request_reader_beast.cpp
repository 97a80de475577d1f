// Boost.Beast parses what framing.h has let pass: its parser alone, without its containers.
#include <boost/beast/http/basic_parser.hpp>

#include "base/files.h"
#include "http/server/coding.h"
#include "http/server/framing.h"
#include "http/server/numeric_address.h"
#include "http/server/request_reader.h"
#include "http/server/response_text.h"
#include "http/server/target.h"

namespace paucal::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;

constexpr std::size_t kMostChunks = 65'536;  // Triton's, after CVE-2025-23310
// Room that a promised body gets before its bytes come: promises cost nothing.
constexpr std::size_t kPromisedRoom = std::size_t{1} << 20;

bool is_known_method(std::string_view method) {
  for (const char* known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    if (method == known) return true;
  return false;
}

// Fills a request and its body. An error that it raises is told by `refused`.
class Parser final : public beast::http::basic_parser<true> {
 public:
  Parser(Request& request, const ServerOptions& options) : request_(request), options_(options) {
    header_limit(static_cast<std::uint32_t>(options.max_header_bytes + 1));
    body_limit(options.max_body_bytes);
  }

  std::optional<Inflater> inflater;
  Response refused;
  bool is_complete = false;

 private:
  using string_view = beast::string_view;

  void on_request_impl(beast::http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(beast::http::field, string_view name, string_view value,
                     error_code&) override {
    // Of a trailer nothing is kept.
    if (!is_header_done())
      request_.fields.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (length) request_.body.reserve(std::min<std::size_t>(*length, kPromisedRoom));
  }
  std::size_t on_body_impl(string_view bytes, error_code& error) override {
    if (!inflater) {
      request_.body.append(bytes.data(), bytes.size());
      return bytes.size();
    }
    const auto state =
        inflater->add({bytes.data(), bytes.size()}, request_.body, options_.max_body_bytes);
    if (state == Inflater::State::kTooLarge) refuse(413, "body: too large", error);
    if (state == Inflater::State::kBroken) refuse(400, "body: not of its Content-Encoding", error);
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t size, string_view, error_code& error) override {
    if (size > 0 && ++chunks_ > kMostChunks) refuse(400, "body: too many chunks", error);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }
  void on_finish_impl(error_code& error) override {
    is_complete = true;
    if (inflater && inflater->state() != Inflater::State::kEnd)
      refuse(400, "body: cut, or not of its Content-Encoding", error);
  }

  void refuse(int status, const char* why, error_code& error) {
    refused = error_response(status, why);
    error = beast::http::error::bad_value;
  }

  Request& request_;
  const ServerOptions& options_;
  std::size_t chunks_ = 0;
};

class BeastReader final : public RequestReader {
 public:
  explicit BeastReader(const ServerOptions& options) : options_(options) {}

  void add(std::string_view bytes) override { buffer_.append(bytes); }

  Step advance() override {
    if (phase_ == Phase::kHead) return read_head();
    if (phase_ == Phase::kBody) return read_body();
    return phase_ == Phase::kDone ? Step::kDone : Step::kRefused;
  }

  Request& head() override { return request_; }
  bool wants_continue() const override { return wants_continue_; }
  bool has_body() const override { return !parser_->is_complete; }
  bool is_head_method() const override { return is_head_method_; }
  bool keeps_alive() const override { return parser_ && parser_->keep_alive(); }
  bool is_http10() const override { return framing_.minor == 0; }
  const Response& refusal() const override { return refusal_; }
  bool has_begun() const override { return phase_ != Phase::kHead || !buffer_.empty(); }
  bool is_in_body() const override { return phase_ == Phase::kBody; }
  std::size_t body_bytes() const override { return request_.body.size() + buffer_.size(); }
  std::size_t waiting_bytes() const override { return buffer_.size(); }

  Request take() override {
    Request request = std::move(request_);
    request_ = {};
    parser_.reset();
    scan_ = {};
    phase_ = Phase::kHead;
    if (buffer_.empty()) buffer_.shrink_to_fit();  // many connections wait and hold nothing
    return request;
  }

 private:
  enum class Phase { kHead, kBody, kDone, kRefused };

  Step refuse(Response response) {
    refusal_ = std::move(response);
    phase_ = Phase::kRefused;
    return Step::kRefused;
  }
  Step refuse(int status, const char* why) { return refuse(error_response(status, why)); }

  Step read_head() {
    // RFC 9112, 2.2: an empty line before a request is passed over.
    while (scan_.next < 2 && buffer_.starts_with("\r\n")) {
      buffer_.erase(0, 2);
      scan_ = {};
    }
    // A client that speaks TLS never ends its line.
    if (!buffer_.empty() && (buffer_[0] < '!' || buffer_[0] > '~') && buffer_[0] != '\r')
      return refuse(400, "request line: expected METHOD TARGET HTTP/1.1");
    const HeadEnd end =
        find_head_end(std::string_view(buffer_).substr(0, options_.max_header_bytes), scan_);
    constexpr std::size_t kBesideTarget = 32;  // method, spaces, version
    const std::size_t first_line = scan_.first_end ? scan_.first_end : scan_.next;
    if (first_line > options_.max_target_bytes + kBesideTarget)
      return refuse(414, "target: too long");
    if (end == HeadEnd::kBadLine) return refuse(400, "header: a CR or LF alone, expected CRLF");
    if (end == HeadEnd::kFound) return accept_head(std::string_view(buffer_).substr(0, scan_.next));
    if (buffer_.size() >= options_.max_header_bytes) return refuse(431, "header: too large");
    return Step::kMore;
  }

  Step accept_head(std::string_view head) {
    const auto checked = check_framing(head, options_.max_header_fields);
    if (const auto* wrong = std::get_if<Misframed>(&checked))
      return refuse(wrong->status, wrong->why);
    framing_ = std::get<Framing>(checked);
    if (!is_known_method(framing_.method)) return refuse(501, "method: not known");
    if (framing_.target.size() > options_.max_target_bytes) return refuse(414, "target: too long");
    auto target = parse_target(framing_.target);
    if (!target) return refuse(400, "target: expected /path?query, percent-encoded");

    parser_.emplace(request_, options_);
    error_code error;
    const std::size_t used = parser_->put({head.data(), head.size()}, error);
    if (error == beast::http::error::body_limit) return refuse(413, "body: too large");
    // The two readers must agree on where the body ends.
    if (error || used != head.size() || !parser_->is_header_done() ||
        parser_->chunked() != framing_.chunked ||
        parser_->content_length().get_value_or(0) != framing_.length.value_or(0))
      return refuse(400, "header: not understood");
    parser_->eager(true);

    is_head_method_ = framing_.method == "HEAD";
    request_.method = is_head_method_ ? "GET" : framing_.method;
    request_.path = std::move(target->path);
    request_.query = std::move(target->query);
    framing_.method = framing_.target = {};  // they stood in the buffer
    buffer_.erase(0, head.size());
    return check_fields(target->host);
  }

  Step check_fields(const std::string& target_host) {
    const std::string* host = request_.field("host");
    const std::string* meant = target_host.empty() ? host : &target_host;
    if (meant && !is_own_host(*meant, options_.host_names))
      return refuse(421, "Host: not a name of this server");
    const std::string* encoding = request_.field("content-encoding");
    const auto coding = coding_of(encoding ? *encoding : "");
    if (!coding) return refuse(415, "Content-Encoding: expected identity, gzip or deflate");
    if (*coding != Coding::kIdentity && !parser_->is_complete) parser_->inflater.emplace(*coding);
    const std::string* expect = request_.field("expect");
    if (expect && lower(*expect) != "100-continue")
      return refuse(417, "Expect: expected 100-continue");
    wants_continue_ = expect && framing_.minor == 1 && buffer_.empty() && has_body();
    phase_ = Phase::kBody;
    return Step::kHead;
  }

  Step read_body() {
    std::size_t used = 0;
    error_code error;
    // In pieces, each as long as a chunk's size or a trailer may be: those that are too long are
    // refused whether they come at once or byte by byte.
    for (std::size_t taken = 1; taken > 0 && !parser_->is_complete && used < buffer_.size();) {
      error = {};
      const std::size_t piece = std::min(buffer_.size() - used, options_.max_header_bytes + 1);
      taken = parser_->put({buffer_.data() + used, piece}, error);
      used += taken;
      if (error && error != beast::http::error::need_more) break;
    }
    buffer_.erase(0, used);
    if (!parser_->refused.body.empty()) return refuse(std::move(parser_->refused));
    if (error == beast::http::error::body_limit) return refuse(413, "body: too large");
    if (error && error != beast::http::error::need_more)
      return refuse(400, "body: chunks that are none");
    if (parser_->is_complete) {
      phase_ = Phase::kDone;
      return Step::kDone;
    }
    // A chunk's size, or the trailer.
    if (buffer_.size() > options_.max_header_bytes) return refuse(431, "chunk header: too large");
    return Step::kMore;
  }

  const ServerOptions& options_;
  std::string buffer_;
  HeadScan scan_;
  Framing framing_;
  Request request_;
  std::optional<Parser> parser_;
  Response refusal_;
  Phase phase_ = Phase::kHead;
  bool wants_continue_ = false, is_head_method_ = false;
};

}  // namespace

std::unique_ptr<RequestReader> make_request_reader(const ServerOptions& options) {
  return std::make_unique<BeastReader>(options);
}

}  // namespace paucal::http
