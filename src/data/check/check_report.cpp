// How a check is shown: as JSON for programs, as a table and lists for people.
#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "data/check/check.h"

namespace paucal::data {
namespace {

constexpr Split kSplits[] = {Split::kTrain, Split::kVal, Split::kTest, Split::kNone};

// One row of the table: the images of a class, or all.
struct Row {
  std::string name;
  std::string ok;
  std::map<Split, int64_t> by_split;
  int64_t images = 0, truth = 0, grey = 0, colour = 0;
  std::vector<int> widths, heights;

  void add(const Record& record, bool known, const ImageFacts& facts) {
    ++by_split[record.split];
    ++images;
    truth += known;
    ++(facts.channels == 1 ? grey : colour);
    widths.push_back(facts.width);
    heights.push_back(facts.height);
  }
};

struct Spread {
  int min = 0, median = 0, max = 0;
};

Spread spread_of(std::vector<int> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  return {values.front(), values[values.size() / 2], values.back()};
}

std::vector<Row> rows_of(const CheckReport& report) {
  const Dataset& dataset = report.dataset;
  std::vector<Row> rows(dataset.classes.size() + 1);
  for (size_t i = 0; i < dataset.classes.size(); ++i) {
    rows[i].name = dataset.classes[i];
    rows[i].ok = dataset.class_is_ok[i] ? "yes" : "";
  }
  rows.back().name = "all";
  for (const auto& facts : report.facts) {
    const Record& record = dataset.records[static_cast<size_t>(facts.record)];
    const bool known = report.truth.of(record).known;
    rows[static_cast<size_t>(record.label)].add(record, known, facts);
    rows.back().add(record, known, facts);
  }
  return rows;
}

std::string shown(Spread spread) {
  if (spread.min == spread.max) return fmt::format("{}", spread.min);
  return fmt::format("{} … {} … {}", spread.min, spread.median, spread.max);
}

std::string channels_of(const Row& row) {
  if (row.grey > 0 && row.colour > 0)
    return fmt::format("{} grey, {} colour", row.grey, row.colour);
  return row.grey > 0 ? "grey" : row.colour > 0 ? "colour" : "";
}

// Columns on the screen: UTF-8 continuation bytes take none.
size_t columns_of(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

// First column to the left, others to the right.
std::string table(const std::vector<std::vector<std::string>>& lines) {
  std::vector<size_t> widths(lines[0].size(), 0);
  for (const auto& line : lines)
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], columns_of(line[i]));
  std::string text;
  for (const auto& line : lines) {
    std::string row;
    for (size_t i = 0; i < line.size(); ++i) {
      const std::string space(widths[i] - columns_of(line[i]), ' ');
      row += i == 0 ? "  " + line[i] + space : "   " + space + line[i];
    }
    text += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string class_table(const CheckReport& report) {
  const std::vector<Row> rows = rows_of(report);
  std::vector<Split> splits;
  for (const Split split : kSplits)
    if (rows.back().by_split.contains(split)) splits.push_back(split);

  std::vector<std::string> head = {"class", "OK"};
  for (const Split split : splits)
    head.emplace_back(split == Split::kNone ? "no split" : split_name(split));
  for (const char* name : {"images", "truth", "width", "height", "channels"})
    head.emplace_back(name);
  std::vector<std::vector<std::string>> lines = {head};
  for (const auto& row : rows) {
    std::vector<std::string> line = {row.name, row.ok};
    for (const Split split : splits) {
      const auto count = row.by_split.find(split);
      line.push_back(fmt::to_string(count == row.by_split.end() ? 0 : count->second));
    }
    line.push_back(fmt::to_string(row.images));
    line.push_back(fmt::to_string(row.truth));
    line.push_back(shown(spread_of(row.widths)));
    line.push_back(shown(spread_of(row.heights)));
    line.push_back(channels_of(row));
    lines.push_back(std::move(line));
  }
  return table(lines);
}

std::string plural(int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string problem_list(const Dataset& dataset, size_t limit) {
  std::string text;
  for (const auto& kind : problem_kinds()) {
    const std::vector<const Problem*> found = problems_of(kind.name, dataset.problems);
    if (found.empty()) continue;
    text += fmt::format("\n{}: {} ({}, {})\n", severity_name(kind.severity), kind.title, kind.name,
                        found.size());
    for (size_t i = 0; i < std::min(found.size(), limit); ++i) {
      const Problem& problem = *found[i];
      text += problem.path.empty() ? fmt::format("    {}\n", problem.message)
                                   : fmt::format("    {}: {}\n", problem.path, problem.message);
    }
    if (found.size() > limit)
      text += fmt::format("    … and {} more (--json lists all)\n", found.size() - limit);
    text += fmt::format("    → {}\n", kind.advice);
  }
  return text;
}

Json spread_json(Spread spread) {
  return {{"min", spread.min}, {"median", spread.median}, {"max", spread.max}};
}

}  // namespace

int64_t CheckReport::count(Severity severity) const {
  return std::ranges::count_if(dataset.problems, [&](const Problem& problem) {
    return problem_kind(problem.kind).severity == severity;
  });
}

Json CheckReport::to_json() const {
  Json json;
  json["root"] = dataset.root.string();
  json["format"] = dataset.format;
  json["ok"] = ok();
  json["images"] = facts.size();
  json["seconds"] = seconds;
  json["errors"] = count(Severity::kError);
  json["warnings"] = count(Severity::kWarning);
  json["infos"] = count(Severity::kInfo);
  std::vector<Row> rows = rows_of(*this);
  rows.pop_back();
  json["classes"] = Json::array();
  for (const auto& row : rows) {
    Json splits = Json::object();
    for (const auto& [split, count] : row.by_split)
      splits[split == Split::kNone ? "none" : std::string(split_name(split))] = count;
    json["classes"].push_back({{"name", row.name},
                               {"ok", !row.ok.empty()},
                               {"images", row.images},
                               {"splits", splits},
                               {"with_truth", row.truth},
                               {"grey", row.grey},
                               {"colour", row.colour},
                               {"width", spread_json(spread_of(row.widths))},
                               {"height", spread_json(spread_of(row.heights))}});
  }
  json["problems"] = Json::array();
  for (const auto& problem : dataset.problems)
    json["problems"].push_back({{"severity", severity_name(problem_kind(problem.kind).severity)},
                                {"kind", problem.kind},
                                {"path", problem.path},
                                {"message", problem.message}});
  return json;
}

std::string CheckReport::to_text(size_t shown) const {
  std::string text = fmt::format(
      "{}: {} in {} (read as {}), checked in {:.1f} s\n\n", dataset.root.string(),
      plural(static_cast<int64_t>(facts.size()), "usable image"),
      dataset.classes.size() == 1 ? "1 class" : fmt::format("{} classes", dataset.classes.size()),
      dataset.format, seconds);
  text += class_table(*this);
  text += problem_list(dataset, shown);
  text += fmt::format("\n{}: {}, {}, {}\n", ok() ? "usable" : "needs work",
                      plural(count(Severity::kError), "error"),
                      plural(count(Severity::kWarning), "warning"),
                      plural(count(Severity::kInfo), "note"));
  if (ok() && !dataset.classes.empty() && !dataset.has_ok_class())
    text += "no class means OK; where one does, name it: data.ok=CLASS\n";
  return printable(text);
}

}  // namespace paucal::data
