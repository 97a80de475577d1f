#include "loop/spool_line.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/json_text.h"
#include "base/text.h"

namespace paucal::loop {
namespace {

constexpr size_t kMostText = 256;  // bytes, as the spool cuts them
constexpr std::string_view kStrata[] = {"ng", "doubtful", "ok"};

std::string text_in(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return {};
  return std::string(cut_text(found->get_ref<const std::string&>(), kMostText));
}

double number_in(const Json& json, const char* key) {
  const auto found = json.find(key);
  const double value = found != json.end() && found->is_number() ? found->get<double>() : NAN;
  return std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
}

int64_t count_in(const Json& json, const char* key) {
  const double value = number_in(json, key);
  return value >= 0 && value <= 1e9 ? static_cast<int64_t>(value) : 0;
}

// Digits from `at`; nothing where another character is among them.
std::optional<int> digits(std::string_view text, size_t at, size_t count) {
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<int64_t> parse_time(std::string_view text) {
  const auto wrong = [&] {
    return failure("spool", "time '{}', expected 2026-11-30T12:34:56.789Z",
                   printable(cut_text(text, 40)));
  };
  constexpr std::string_view kForm = "____-__-__T__:__:__.___Z";
  if (text.size() != kForm.size()) return wrong();
  for (size_t i = 0; i < kForm.size(); ++i)
    if (kForm[i] != '_' && kForm[i] != text[i]) return wrong();
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2),
             hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2),
             ms = digits(text, 20, 3);
  if (!year || !month || !day || !hour || !minute || !second || !ms || *hour > 23 || *minute > 59 ||
      *second > 60)
    return wrong();
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return wrong();
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + *hour) * 60 + *minute) * 60 + *second) * 1'000'000 + *ms * 1000;
}

bool is_kept_name(std::string_view name) {
  const size_t dash = name.find('-'), dot = name.find('.');
  if (dash == name.npos || dot == name.npos) return false;
  const std::string_view hash = name.substr(dash + 1, std::max(dot, dash + 1) - dash - 1),
                         ending = name.substr(dot + 1);
  return std::ranges::count(kStrata, name.substr(0, dash)) == 1 && hash.size() == 32 &&
         is_hex(hash) && !ending.empty() && ending.size() <= 5 &&
         std::ranges::all_of(ending, [](char c) { return c >= 'a' && c <= 'z'; });
}

std::string kept_hash(std::string_view name) {
  return std::string(name.substr(name.find('-') + 1, 32));
}

Result<SpoolLine> parse_spool_line(std::string_view text, std::string_view origin) {
  auto parsed = parse_json(text, origin);
  if (!parsed.ok()) return parsed.failure();
  const Json& json = *parsed;
  if (!json.is_object()) return failure("spool", "{}: no object, expected a line", origin);
  SpoolLine line;
  const auto at = parse_time(text_in(json, "at"));
  if (!at.ok()) return failure("spool", "{}: {}", origin, at.failure().message);
  line.at = *at;
  const std::string verdict = text_in(json, "verdict");
  if (verdict != "OK" && verdict != "NG")
    return failure("spool", "{}: verdict '{}', expected OK or NG, those of an inspection", origin,
                   printable(verdict));
  line.ng = verdict == "NG";
  line.probability = number_in(json, "probability_ng");
  if (!(line.probability >= 0 && line.probability <= 1))
    return failure("spool", "{}: probability_ng, expected a number from 0 to 1", origin);
  line.pi = number_in(json, "pi");
  line.stratum = text_in(json, "stratum");
  if (!(line.pi >= 0 && line.pi <= 1) || std::ranges::count(kStrata, line.stratum) != 1)
    return failure("spool", "{}: stratum '{}' and pi, expected ng, doubtful or ok, and 0 to 1",
                   origin, printable(line.stratum));
  line.kept = text_in(json, "kept");
  if (!line.kept.empty() && (!is_kept_name(line.kept) || line.pi == 0))
    return failure("spool", "{}: kept '{}', expected STRATUM-HASH.ENDING and pi above 0", origin,
                   printable(line.kept));
  line.part = text_in(json, "part");
  line.station = text_in(json, "station");
  line.model = text_in(json, "model");
  line.model_sha256 = text_in(json, "sha256");
  line.version = static_cast<int>(count_in(json, "version"));
  line.hash = text_in(json, "image_hash");
  line.dropped = json.contains("dropped");
  line.lines_lost = count_in(json, "lines_lost_before");
  for (size_t i = 0; i < kFeatures.size(); ++i) line.features[i] = number_in(json, kFeatures[i]);
  line.json = std::move(*parsed);
  return line;
}

}  // namespace paucal::loop
