#pragma once
// Times as the spool writes them: UTC, so that no hour comes twice.

#include <string>
#include <string_view>

#include "spool/spool.h"

namespace paucal::spool {

std::string time_text(Time at);  // 2026-11-30T12:34:56.789Z
std::string hour_name(Time at);  // 2026-11-30T12
bool is_hour_name(std::string_view name);

}  // namespace paucal::spool
