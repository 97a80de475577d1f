#pragma once
// nlohmann-json with keys kept in the order they were written: reports and configs read well.

#include <nlohmann/json.hpp>

namespace paucal {
using Json = nlohmann::ordered_json;
}
