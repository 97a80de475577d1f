#pragma once
// An options struct as command-line flags: --name VALUE, with help and bounds.

#include <CLI/CLI.hpp>

#include "base/options.h"

namespace paucal::command {

// `options` refers to a struct that must outlive the parse. `separator`: between the words of a
// flag, '-' where flags are no keys of a recipe (max_queue → --max-queue).
void add_flags(CLI::App& app, Options options, char separator = '_');

}  // namespace paucal::command
