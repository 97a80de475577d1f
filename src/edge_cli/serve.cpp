// serve: models behind HTTP.

#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <memory>

#include "base/error.h"
#include "command/output.h"
#include "edge_cli/commands.h"
#include "edge_cli/serve_arguments.h"
#include "http/server/notify.h"
#include "http/server/numeric_address.h"
#include "serve/authorise.h"
#include "serve/local_engine.h"
#include "serve/routes.h"

namespace paucal::edge_cli {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::hours kWarnEvery(1);

void log_line(const std::string& line) {
  std::fprintf(stderr, "paucal-edge: %s\n", line.c_str());
}

// Held back from all threads that are started from here on; wait_for() takes them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a client that left is no reason to end
  return set;
}

// The signal; nothing after `longest`.
std::optional<int> wait_for(const sigset_t& set, nanoseconds longest) {
  const timespec time{static_cast<time_t>(longest.count() / 1'000'000'000),
                      static_cast<long>(longest.count() % 1'000'000'000)};
  const int signal = sigtimedwait(&set, nullptr, &time);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

std::string what_serves(const serve::Engine& engine) {
  std::string text;
  for (const std::string& name : engine.names()) {
    const auto model = engine.model(name, std::nullopt);
    const auto* served = std::get_if<std::shared_ptr<const serve::ServedModel>>(&model);
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", name,
                        served ? fmt::format("version {}", (*served)->version) : "not loaded");
  }
  return text.empty() ? "no model yet" : text;
}

// Until SIGTERM or SIGINT.
void attend(const sigset_t& signals, serve::Tokens* tokens, bool insecure) {
  const auto watchdog = http::watchdog_interval();
  const nanoseconds longest = watchdog ? nanoseconds(*watchdog) : nanoseconds(kWarnEvery);
  auto warned = std::chrono::steady_clock::now();
  for (;;) {
    const auto signal = wait_for(signals, longest);
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP && tokens) {
      const auto wrong = tokens->reload();
      log_line(wrong ? fmt::format("the tokens stay as they were: {}", wrong->message)
                     : "the tokens were read again");
    }
    if (watchdog) http::notify_system("WATCHDOG=1");
    const auto now = std::chrono::steady_clock::now();
    if (insecure && now - warned >= kWarnEvery) {
      warned = now;
      log_line("--insecure: whoever reaches this port may use the models");
    }
  }
}

int run_serve(ServeArguments& a) {
  settle(a);
  const sigset_t signals = block_signals();
  std::shared_ptr<serve::Tokens> tokens;
  if (!a.token_file.empty()) tokens = value_or_throw(serve::Tokens::open(a.token_file));
  std::shared_ptr<spool::Spool> keep;
  if (!a.keep.empty()) keep = value_or_throw(spool::Spool::open(a.spool));
  const auto engine = value_or_throw(serve::make_engine(a.engine, log_line, keep));

  http::Server* counted = nullptr;
  serve::RoutesOptions options;
  options.http_counts = [&counted] { return counted ? counted->counts() : http::ServerCounts(); };
  if (keep) options.spool_counts = [keep] { return keep->counts(); };
  const auto server =
      value_or_throw(http::Server::make(a.server, serve::make_routes(*engine, options),
                                        serve::make_authorise(tokens, options.counts)));
  counted = server.get();

  if (a.insecure) log_line("--insecure: whoever reaches this port may use the models");
  const auto host = http::split_host_port(a.server.listen, 0)->host;
  command::print("serving {} on http://{}:{}\n", what_serves(*engine),
                 host.find(':') == std::string::npos ? host : "[" + host + "]", server->port());
  command::flush_output();
  http::notify_system("READY=1");
  attend(signals, tokens.get(), a.insecure);
  http::notify_system("STOPPING=1");
  engine->drain();
  server->stop();
  return 0;
}

}  // namespace

void declare_serve(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<ServeArguments>();
  add_serve_arguments(app, *arguments);
  app.callback([arguments, &code] { code = run_serve(*arguments); });
}

}  // namespace paucal::edge_cli
