#include "serve/metric_text.h"

#include <fmt/format.h>

namespace paucal::serve {
namespace {

void append_label(std::string& text, std::string_view name, std::string_view value) {
  text += text.ends_with('{') ? "" : ",";
  text += name;
  text += "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n')
      text += "\\n";
    else
      text += c;
  }
  text += '"';
}

}  // namespace

void MetricText::begin(std::string_view name, std::string_view help, std::string_view type) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void MetricText::line(std::string_view suffix, Labels labels, std::string_view bound,
                      std::string_view value) {
  text_ += name_;
  text_ += suffix;
  if (labels.size() > 0 || !bound.empty()) {
    text_ += '{';
    for (const auto& [name, given] : labels) append_label(text_, name, given);
    if (!bound.empty()) append_label(text_, "le", bound);
    text_ += '}';
  }
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

void MetricText::value(Labels labels, std::uint64_t value) {
  line("", labels, "", std::to_string(value));
}

void MetricText::value(Labels labels, double value) {
  line("", labels, "", fmt::format("{}", value));
}

void MetricText::buckets(Labels labels, std::span<const double> bounds,
                         std::span<const std::uint64_t> counts, std::optional<double> sum) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    below += i < counts.size() ? counts[i] : 0;
    line("_bucket", labels, i < bounds.size() ? fmt::format("{}", bounds[i]) : "+Inf",
         std::to_string(below));
  }
  if (sum) line("_sum", labels, "", fmt::format("{}", *sum));
  line("_count", labels, "", std::to_string(below));
}

}  // namespace paucal::serve
