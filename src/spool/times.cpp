#include "spool/times.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace paucal::spool {
namespace {

std::tm utc_of(Time at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return utc;
}

}  // namespace

std::string hour_name(Time at) {
  const std::tm t = utc_of(at);
  return fmt::format("{:04}-{:02}-{:02}T{:02}", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                     t.tm_hour);
}

std::string time_text(Time at) {
  using std::chrono::milliseconds;
  const Time whole = std::chrono::floor<std::chrono::seconds>(at);
  const std::tm t = utc_of(whole);
  return fmt::format("{}:{:02}:{:02}.{:03}Z", hour_name(whole), t.tm_min, t.tm_sec,
                     std::chrono::duration_cast<milliseconds>(at - whole).count());
}

bool is_hour_name(std::string_view name) {
  constexpr std::string_view kForm = "0000-00-00T00";
  return std::ranges::equal(name, kForm, [](char c, char form) {
    return form == '0' ? c >= '0' && c <= '9' : c == form;
  });
}

}  // namespace paucal::spool
