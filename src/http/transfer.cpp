#include "http/transfer.h"

#include <curl/curl.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/version.h"
#include "http/response.h"

namespace paucal::http {
namespace {

constexpr long kSlowBytes = 1024;  // a second

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// What the callbacks of one request share.
struct State {
  const TransferRequest& request;
  PartFile& part;
  ResponseHead response;
  bool accepted = false;              // the body goes into the part
  std::optional<TransferResult> end;  // why it ended early
};

uint64_t limit_of(const TransferRequest& request) {
  if (request.expected.size > 0) return request.expected.size;
  return static_cast<uint64_t>(request.options.limit_mb) * 1'000'000;
}

template <class... Args>
bool stop(State& state, Outcome outcome, fmt::format_string<Args...> format, Args&&... args) {
  state.end = {outcome, failure("download", "'{}': {}", state.request.address.shown,
                                fmt::format(format, std::forward<Args>(args)...))};
  return false;
}

bool stop(State& state, Failure reason) {
  state.end = {Outcome::kFailed, std::move(reason)};
  return false;
}

bool check_size(State& state) {
  const auto size = state.response.size();
  if (!size) return true;
  const uint64_t expected = state.request.expected.size;
  if (expected > 0 && *size != expected)
    return stop(state, Outcome::kFailed, "{} bytes, expected {}", *size, expected);
  if (*size > limit_of(state.request))
    return stop(state, Outcome::kFailed, "{} bytes, expected at most {}", *size,
                limit_of(state.request));
  return true;
}

// 206: it must go on exactly where the part ends, in the very same file.
bool accept_rest(State& state) {
  const ResponseHead& response = state.response;
  const PartFacts& facts = state.part.facts();
  const bool asked = state.request.resume;
  if (!asked || response.begin != state.part.size())
    return stop(state, asked ? Outcome::kAnew : Outcome::kFailed, "bytes from {}, expected from {}",
                response.begin.value_or(0), asked ? state.part.size() : 0);
  const bool other_file =
      (!response.etag.empty() && !facts.etag.empty() && response.etag != facts.etag) ||
      (response.total && facts.size > 0 && *response.total != facts.size);
  if (other_file) return stop(state, Outcome::kAnew, "the file has changed on the server");
  return true;
}

bool accept_whole(State& state) {
  const ResponseHead& response = state.response;
  const std::string& url = state.request.url;
  PartFacts facts;
  facts.address = sha256_hex(url);
  facts.etag = response.etag;
  facts.sha256 = response.digest();
  facts.size = response.size().value_or(0);
  if (auto failed = state.part.begin(facts)) return stop(state, std::move(*failed));
  return true;
}

// Once the headers are there. False: the body is not wanted.
bool accept(State& state) {
  if (state.accepted) return true;
  const ResponseHead& response = state.response;
  const int status = response.status;
  if (status == 416 && state.request.resume)
    return stop(state, Outcome::kAnew, "no bytes from {}", state.part.size());
  if (status == 429 || status == 500 || (status >= 502 && status <= 504))
    return stop(state, Outcome::kCut, "HTTP status {}, expected 200", status);
  if (status != 200 && status != 206)
    return stop(state, Outcome::kFailed, "HTTP status {}, expected 200", status);
  if (!response.encoding.empty() && response.encoding != "identity")
    return stop(state, Outcome::kFailed, "content encoding '{}', expected none",
                printable(cut_text(response.encoding, 40)));
  if (!check_size(state)) return false;
  if (!(status == 206 ? accept_rest(state) : accept_whole(state))) return false;
  return state.accepted = true;
}

bool receive(State& state, std::span<const uint8_t> data) {
  if (!accept(state)) return false;
  if (data.size() > limit_of(state.request) - std::min(state.part.size(), limit_of(state.request)))
    return stop(state, Outcome::kFailed, "more than {} bytes", limit_of(state.request));
  if (auto failed = state.part.append(data)) return stop(state, std::move(*failed));
  if (state.request.progress) state.request.progress(state.part.size(), state.part.facts().size);
  return true;
}

// The server may have promised less than the rest.
bool check_whole(State& state) {
  const uint64_t size = state.part.size(), expected = state.part.facts().size;
  if (expected == 0 || size == expected) return true;
  return stop(state, size < expected ? Outcome::kCut : Outcome::kAnew, "{} bytes, expected {}",
              size, expected);
}

size_t on_header(char* data, size_t, size_t size, void* state) {
  static_cast<State*>(state)->response.read({data, size});
  return size;
}

size_t on_body(char* data, size_t, size_t size, void* state) {
  State& to = *static_cast<State*>(state);
  // No exception may cross libcurl.
  try {
    return receive(to, {reinterpret_cast<const uint8_t*>(data), size}) ? size : 0;
  } catch (const std::exception& error) {
    stop(to, Failure{"download", error.what()});
    return 0;
  }
}

HeaderList headers_of(const TransferRequest& request, const PartFile& part) {
  curl_slist* list = nullptr;
  if (request.resume) {
    list = curl_slist_append(list, fmt::format("Range: bytes={}-", part.size()).c_str());
    if (!part.facts().etag.empty())
      list = curl_slist_append(list, ("If-Range: " + part.facts().etag).c_str());
  }
  return {list, curl_slist_free_all};
}

void set_options(CURL* handle, const TransferRequest& request, State& state) {
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle, option, value); };
  const DownloadOptions& options = request.options;
  const char* schemes = request.address.scheme == "https" ? "https" : "http,https";
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, schemes);
  set(CURLOPT_REDIR_PROTOCOLS_STR, schemes);
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, static_cast<long>(options.redirects));
  set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.connect_seconds));
  set(CURLOPT_LOW_SPEED_LIMIT, kSlowBytes);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_seconds));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_HEADERFUNCTION, on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&state));
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&state));
}

// Variables as libcurl reads them.
std::string proxy_hint(const Address& address) {
  const std::string name = address.scheme + "_proxy";
  const bool set = std::getenv(name.c_str()) || std::getenv("all_proxy") ||
                   std::getenv("ALL_PROXY") ||
                   (address.scheme == "https" && std::getenv("HTTPS_PROXY"));
  return set ? "check the proxy in " + name
             : "this computer may be offline, or need a proxy (" + name + " is not set)";
}

TransferResult explain(CURLcode code, const std::string& detail, const State& state) {
  const TransferRequest& request = state.request;
  const auto because = [&](Outcome outcome, const std::string& text) {
    return TransferResult{outcome, failure("download", "'{}': {}", request.address.shown, text)};
  };
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return because(Outcome::kFailed,
                     fmt::format("no connection ({}): {}", detail, proxy_hint(request.address)));
    case CURLE_TOO_MANY_REDIRECTS:
      return because(Outcome::kFailed,
                     fmt::format("more than {} redirects", request.options.redirects));
    case CURLE_UNSUPPORTED_PROTOCOL:
      return because(Outcome::kFailed,
                     fmt::format("redirected to another scheme, expected {}",
                                 request.address.scheme == "https" ? "https" : "http or https"));
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return because(Outcome::kCut,
                     fmt::format("cut off after {} bytes ({})", state.part.size(), detail));
    default:
      return because(Outcome::kFailed, detail);
  }
}

}  // namespace

TransferResult transfer(const TransferRequest& request, PartFile& part) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);  // once a process
  const Handle handle(kReady == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup);
  if (!handle) return {Outcome::kFailed, failure("download", "libcurl cannot be started")};
  State state{request, part, {}, false, {}};
  set_options(handle.get(), request, state);
  const HeaderList headers = headers_of(request, part);
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  const std::string agent = std::string("paucal/") + version();
  curl_easy_setopt(handle.get(), CURLOPT_USERAGENT, agent.c_str());
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, detail.data());

  const CURLcode code = curl_easy_perform(handle.get());
  // Where no body came, nobody has looked yet.
  if (!state.end && (code == CURLE_OK || state.response.status >= 400)) accept(state);
  if (code == CURLE_OK && !state.end) check_whole(state);
  if (state.end) return *state.end;
  if (code == CURLE_OK) return {};
  return explain(code, detail[0] != 0 ? detail.data() : curl_easy_strerror(code), state);
}

}  // namespace paucal::http
