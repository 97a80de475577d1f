#pragma once
// An options struct as command-line flags: --name VALUE, with help and bounds.

#include <CLI/CLI.hpp>

#include "base/options.h"

namespace paucal::cli {

// `options` refers to a struct that must outlive the parse.
void add_flags(CLI::App& app, Options options);

}  // namespace paucal::cli
