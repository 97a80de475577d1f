#include "edge_cli/serve_arguments.h"

#include <charconv>

#include "base/error.h"
#include "command/flags.h"
#include "http/server/numeric_address.h"

namespace paucal::edge_cli {
namespace {

std::pair<std::string, std::string> split_named(const std::string& text, const char* flag,
                                                const char* expected) {
  const auto at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size())
    fail("serve", "{} {}: expected {}", flag, text, expected);
  return {text.substr(0, at), text.substr(at + 1)};
}

int version_of(const std::string& text, const std::string& whole) {
  int version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size() || version < 1)
    fail("serve", "--shadow {}: expected NAME=VERSION, a number", whole);
  return version;
}

}  // namespace

void add_serve_arguments(CLI::App& app, ServeArguments& a) {
  app.add_option("--model", a.models, "NAME=FILE: a model file and the name it serves under");
  app.add_option("--models", a.folder,
                 "folder of models: NAME/VERSION.paucal, of which the highest version serves, or "
                 "NAME.paucal; beside them VERSION.golden/ of `paucal export --golden`");
  app.add_flag("--watch", a.engine.watch,
               "load new versions and changed files, after they passed their check");
  app.add_option("--shadow", a.shadows,
                 "NAME=VERSION: run this version of --models after the answers, and count where "
                 "its verdicts differ");
  command::add_flags(app, options_of(a.engine), '-');
  command::add_flags(app, options_of(a.server), '-');
  app.add_option("--token-file", a.token_file,
                 "file of lines `name scopes sha256(token)`, scopes infer,models,metrics; read "
                 "again on SIGHUP");
  app.add_flag("--insecure", a.insecure,
               "listen beyond this machine without tokens: in a closed network");
  app.add_option("--keep", a.keep, "folder for a line an image, and a sample of the images");
  command::add_flags(app, options_of(a.spool), '-');
  app.footer(
      "Answers the Open Inference Protocol below /v2, and POST /v2/models/NAME/predict with an "
      "image file as body. SIGTERM: not ready, then the end after what is in flight.");
}

void settle(ServeArguments& a) {
  for (const std::string& text : a.models) {
    auto [name, file] = split_named(text, "--model", "NAME=FILE");
    a.engine.files.push_back({std::move(name), std::move(file)});
  }
  for (const std::string& text : a.shadows) {
    auto [name, version] = split_named(text, "--shadow", "NAME=VERSION");
    a.engine.shadows.push_back({std::move(name), version_of(version, text)});
  }
  if (a.models.empty() && a.folder.empty())
    fail("serve", "nothing to serve, expected --model NAME=FILE or --models FOLDER");
  a.engine.models = a.folder;
  a.spool.folder = a.keep;
  const auto listen = http::split_host_port(a.server.listen, 8000);
  if (!listen || !http::is_ip_literal(listen->host))
    fail("serve", "--listen {}: expected digits and a port, e.g. 127.0.0.1:8000", a.server.listen);
  if (!http::is_loopback(listen->host) && a.token_file.empty() && !a.insecure)
    fail("serve",
         "--listen {}: open to other machines, expected --token-file, or --insecure in a closed "
         "network",
         a.server.listen);
}

}  // namespace paucal::edge_cli
