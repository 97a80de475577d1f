#include "http/address.h"

#include <curl/curl.h>

#include <memory>

#include "base/error.h"
#include "base/text.h"

namespace paucal::http {
namespace {

// Empty where the address has no such part.
std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  const std::string result = text;
  curl_free(text);
  return result;
}

}  // namespace

std::string Address::file_name() const {
  return path.substr(path.rfind('/') + 1);
}

bool is_address(const std::string& text) {
  const size_t end = text.find("://");
  return end != std::string::npos && end > 0 &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") >= end;
}

Result<Address> parse_address(const std::string& text) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  const CURLUcode code =
      url ? curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME)
          : CURLUE_OUT_OF_MEMORY;
  if (code != CURLUE_OK)
    return failure("download", "'{}': {}, expected http://… or https://…",
                   printable(cut_text(text, 200)), curl_url_strerror(code));
  Address address;
  address.scheme = part_of(url.get(), CURLUPART_SCHEME);
  address.host = part_of(url.get(), CURLUPART_HOST);
  address.path = part_of(url.get(), CURLUPART_PATH);
  for (const CURLUPart secret :
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT})
    curl_url_set(url.get(), secret, nullptr, 0);
  address.shown = printable(part_of(url.get(), CURLUPART_URL));
  if (address.scheme != "http" && address.scheme != "https")
    return failure("download", "'{}': scheme {}, expected http or https", address.shown,
                   address.scheme);
  return address;
}

}  // namespace paucal::http
