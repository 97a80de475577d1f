#pragma once
// Galleries as JSON, their pictures included, so that a page is made again without drawing them.

#include "report/report.h"

namespace paucal::report {

Json to_json(const std::vector<Gallery>& galleries);
// Throws Error where a picture is no base64, and Json::exception where a field is missing.
std::vector<Gallery> galleries_from_json(const Json& json);

}  // namespace paucal::report
