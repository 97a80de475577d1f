#pragma once
// Commands of the loop to a review, whether a server holds it or not (review/control.h).

#include "review/control.h"

namespace paucal::loop {

// {"command": "loop add", "spool", "options"}, "loop baseline" {"good_by", "from", "to",
// "station"?, "options"}, "loop close" {"alarm", "by", "reason"}, "loop challenge" {"result"},
// "loop promote"
// {"file", "version", "sha256", "golden"}, and those of review::do_command(). Throws Error.
Json do_command(review::Store& store, const Json& command);

// do_command() by the server that holds the folder, or by this process where there is none.
Json command_loop(const std::filesystem::path& folder, const Json& command);

}  // namespace paucal::loop
