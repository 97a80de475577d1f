#pragma once
// The fixed set of things that can be wrong, or worth knowing, about a data set.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "labels/annotation.h"

namespace paucal::data {

using labels::Problem;

Json to_json(const Problem& problem);
// Throws Json::exception where a field is missing.
Problem problem_from_json(const Json& json);

// Errors make figures wrong or images unusable; warnings need a look; info is good to know.
enum class Severity { kError, kWarning, kInfo };
std::string_view severity_name(Severity severity);  // "error", "warning", "info"

struct ProblemKind {
  std::string_view name;  // Problem::kind: "truncated"
  Severity severity;
  std::string_view title;   // "cannot be decoded to the end"
  std::string_view advice;  // one line: what to do about it
  bool broken = false;      // the image cannot be used, and counts towards data.max_broken
};

// In the order in which reports show them: errors, warnings, info.
std::span<const ProblemKind> problem_kinds();

// Throws Error for a name that is not in the set.
const ProblemKind& problem_kind(std::string_view name);

// Those of one kind, in their order.
std::vector<const Problem*> problems_of(std::string_view kind, std::span<const Problem> problems);

// A line a kind, in the order of the kinds: what it is, how often, the first ones, and the advice.
std::vector<std::string> problem_lines(std::span<const Problem> problems);

}  // namespace paucal::data
