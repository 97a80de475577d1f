#pragma once
// simulate.json for people: means over the seeds, curves, and what is saved.

#include <string>

#include "base/json.h"

namespace paucal::pipeline {

std::string simulation_text(const Json& report);
std::string simulation_page(const Json& report);  // HTML

}  // namespace paucal::pipeline
