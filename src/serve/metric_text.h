#pragma once
// Metrics as text (Prometheus' exposition format 0.0.4).

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace paucal::serve {

using Label = std::pair<std::string_view, std::string_view>;
using Labels = std::initializer_list<Label>;

class MetricText {
 public:
  // Begins a metric; its values follow.
  void counter(std::string_view name, std::string_view help) { begin(name, help, "counter"); }
  void gauge(std::string_view name, std::string_view help) { begin(name, help, "gauge"); }
  void histogram(std::string_view name, std::string_view help) { begin(name, help, "histogram"); }

  void value(Labels labels, std::uint64_t value);
  void value(Labels labels, double value);
  // `counts`: of each bucket alone; the one above the last bound is the last. Without a sum none is
  // told.
  void buckets(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> counts,
               std::optional<double> sum = {});

  std::string take() { return std::move(text_); }

 private:
  void begin(std::string_view name, std::string_view help, std::string_view type);
  void line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value);

  std::string name_, text_;
};

}  // namespace paucal::serve
