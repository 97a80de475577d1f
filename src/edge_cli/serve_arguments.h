#pragma once
// The command line of `serve`.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "http/server/server.h"
#include "serve/options.h"
#include "spool/spool.h"

namespace paucal::edge_cli {

struct ServeArguments {
  serve::EngineOptions engine;
  http::ServerOptions server;
  spool::SpoolOptions spool;
  std::vector<std::string> models, shadows;  // NAME=FILE, NAME=VERSION
  std::string folder, keep, token_file;
  bool insecure = false;
};

void add_serve_arguments(CLI::App& app, ServeArguments& arguments);

// What a person typed as names → arguments.engine. Throws Error, also where nothing would serve,
// or the server would be open to other machines.
void settle(ServeArguments& arguments);

}  // namespace paucal::edge_cli
