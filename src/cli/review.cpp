// review init|add|user|serve|export|check|backup|stats: what people say of images.

#include <pthread.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/json_text.h"
#include "base/version.h"
#include "cli/commands.h"
#include "command/flags.h"
#include "command/output.h"
#include "http/server/numeric_address.h"
#include "loop/commands.h"
#include "review/api.h"
#include "review/check.h"
#include "review/control.h"
#include "review/export.h"
#include "review/hand_out.h"
#include "review/honeypots.h"
#include "review/import_run.h"
#include "review/page.h"

namespace paucal::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours kBackupEvery(24);

// A terminal that does not show what is typed.
class Hidden {
 public:
  Hidden() : is_terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (is_terminal_) ::tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
  }
  ~Hidden() {
    if (is_terminal_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

 private:
  termios before_{};
  bool is_terminal_;
};

std::string line_of_input() {
  std::string line;
  if (!std::getline(std::cin, line))
    fail("review", "no password on standard input, expected a line");
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string ask_password(bool from_stdin) {
  if (from_stdin) return line_of_input();
  if (!::isatty(STDIN_FILENO))
    fail("review", "standard input is no terminal, expected --password-stdin");
  const Hidden hidden;
  command::print("password: ");
  command::flush_output();
  const std::string once = line_of_input();
  command::print("\nonce more: ");
  command::flush_output();
  const std::string again = line_of_input();
  command::print("\n");
  if (once != again) fail("review", "the two passwords differ");
  return once;
}

void declare_user(CLI::App& review) {
  CLI::App& app =
      *review.add_subcommand("user", "who may review: add, role, disable, enable, reset");
  app.require_subcommand(1);
  const auto dir = std::make_shared<std::string>(), name = std::make_shared<std::string>(),
             role = std::make_shared<std::string>("reviewer");
  const auto from_stdin = std::make_shared<bool>(false);
  app.add_option("dir", *dir, "folder of the review");  // required() would take a command for it
  const auto tell = [dir](const Json& what) {
    if (dir->empty()) fail("review", "no folder, expected paucal review user DIR add NAME");
    review::command_store(*dir, what);
  };
  const auto command = [&](const char* word, const char* help) -> CLI::App& {
    CLI::App& one = *app.add_subcommand(word, help);
    one.add_option("name", *name, "the user's name")->required();
    return one;
  };
  const auto hashed = [=] {
    const std::string password = ask_password(*from_stdin);
    if (const auto refused = review::check_credentials(*name, password))
      fail("review", "{}", refused->message);
    return review::hash_password(password);
  };
  CLI::App& add = command("add", "a new user; asks for the password");
  add.add_option("--role", *role, "viewer, reviewer, arbiter or admin")->capture_default_str();
  add.add_flag("--password-stdin", *from_stdin, "read the password, a line, from standard input");
  add.callback([=] {
    tell({{"command", "add user"}, {"name", *name}, {"role", *role}, {"password_hash", hashed()}});
    command::print("{}: {}\n", *name, *role);
  });
  CLI::App& change = command("role", "give another role");
  change.add_option("role", *role, "viewer, reviewer, arbiter or admin")->required();
  change.callback([=] { tell({{"command", "set role"}, {"name", *name}, {"role", *role}}); });
  for (const bool disabled : {true, false})
    command(disabled ? "disable" : "enable", disabled ? "no more logins" : "logins again")
        .callback([=] {
          tell({{"command", "set disabled"}, {"name", *name}, {"disabled", disabled}});
        });
  CLI::App& reset = command("reset", "another password");
  reset.add_flag("--password-stdin", *from_stdin, "read the password, a line, from standard input");
  reset.callback([=] {
    tell({{"command", "set password"}, {"name", *name}, {"password_hash", hashed()}});
  });
}

void print_imported(const std::string& dir, const Json& imported) {
  command::print("{}: {} images, {} of them new, {} proposals\n", dir,
                 imported["images"].get<int64_t>(), imported["new_images"].get<int64_t>(),
                 imported["proposals"].get<int64_t>());
}

void declare_init(CLI::App& review) {
  CLI::App& app =
      *review.add_subcommand("init", "begin a review: of a run, or of a folder of images");
  const auto dir = std::make_shared<std::string>(), run = std::make_shared<std::string>(),
             images = std::make_shared<std::string>();
  app.add_option("dir", *dir, "folder of the review, a new one")->required();
  auto* of_run = app.add_option(
      "--run", *run, "a run: its pseudo_boxes.json, else predictions.jsonl, are proposed");
  app.add_option("--images", *images, "a folder of images, without proposals")->excludes(of_run);
  app.callback([=] {
    if (run->empty() && images->empty())
      fail("review", "neither --run nor --images, expected one of them");
    const review::RunImages read =
        run->empty() ? review::read_folder(*images) : review::read_run(*run);
    const auto store = review::Store::create(*dir);
    const review::Imported imported = review::import_run(*store, read);
    print_imported(*dir, {{"images", imported.images},
                          {"new_images", imported.new_images},
                          {"proposals", imported.proposals}});
  });
}

void declare_add(CLI::App& review) {
  CLI::App& app = *review.add_subcommand("add", "the images and proposals of one more run");
  const auto dir = std::make_shared<std::string>(), run = std::make_shared<std::string>();
  app.add_option("dir", *dir, "folder of the review")->required();
  app.add_option("run", *run, "folder of the run")->required();
  app.callback([=] {
    print_imported(*dir, review::command_store(
                             *dir, {{"command", "import"}, {"run", fs::absolute(*run).string()}}));
  });
}

struct ServeArguments {
  std::string dir;
  std::string listen = "127.0.0.1:8090";
  std::vector<std::string> host_names;
  bool insecure = false;
  review::StoreOptions store;
  review::ApiOptions api;
};

// Until SIGTERM or SIGINT.
void attend(const sigset_t& signals, review::Store& store) {
  constexpr timespec kLongest{3600, 0};
  auto saved = std::chrono::steady_clock::now();
  for (;;) {
    const int signal = ::sigtimedwait(&signals, nullptr, &kLongest);
    if (signal == SIGTERM || signal == SIGINT) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - saved < kBackupEvery) continue;
    saved = now;
    try {
      log::info("review: backup {}", store.backup().string());
    } catch (const std::exception& error) {
      log::error("review: no backup: {}", error.what());
    }
  }
}

void serve(ServeArguments arguments) {
  const auto place = http::split_host_port(arguments.listen, 8090);
  if (!place) fail("review", "--listen '{}', expected ADDRESS:PORT", arguments.listen);
  if (!http::is_loopback(place->host) && !arguments.insecure)
    fail("review",
         "--listen '{}' is seen by others, without encryption; expected a loopback "
         "address behind a proxy with TLS, or --insecure",
         arguments.listen);
  sigset_t signals;  // held back from all threads that start from here on
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const auto store = review::Store::open(arguments.dir, arguments.store);
  arguments.api.version = version();
  arguments.api.page = review::page_response;
  const review::Api api = review::make_api(*store, arguments.api);
  http::ServerOptions options;
  options.listen = arguments.listen;
  options.host_names = arguments.host_names;
  options.max_body_bytes = 8 << 20;
  const auto server = value_or_throw(http::Server::make(options, api.handler));
  const review::Control control(*store, loop::do_command);
  if (!api.setup_token.empty()) command::print("setup token: {}\n", api.setup_token);
  command::print("http://{}:{}\n", place->host, server->port());
  command::flush_output();
  attend(signals, *store);
  server->stop();
}

void declare_serve(CLI::App& review) {
  CLI::App& app = *review.add_subcommand("serve", "the review in a browser");
  const auto arguments = std::make_shared<ServeArguments>();
  app.add_option("dir", arguments->dir, "folder of the review")->required();
  app.add_option("--listen", arguments->listen, "numeric address and port; port 0: any free one")
      ->capture_default_str();
  app.add_option("--host-name", arguments->host_names,
                 "names of this machine, beside its own, in the header Host");
  app.add_flag("--insecure", arguments->insecure, "also beyond this machine, without encryption");
  command::add_flags(app, options_of(arguments->store), '-');
  command::add_flags(app, options_of(arguments->api), '-');
  app.callback([=] { serve(*arguments); });
}

void declare_export(CLI::App& review) {
  CLI::App& app =
      *review.add_subcommand("export", "reviewed_boxes.json and labels.csv, of what is done");
  const auto dir = std::make_shared<std::string>(), out = std::make_shared<std::string>(),
             run = std::make_shared<std::string>();
  app.add_option("dir", *dir, "folder of the review")->required();
  app.add_option("--out", *out,
                 "folder to write to; default: the run of --for-run, else DIR/export");
  app.add_option("--for-run", *run, "a run, whose images alone are wanted");
  app.callback([=] {
    const fs::path to = !out->empty()   ? fs::path(*out)
                        : !run->empty() ? fs::path(*run)
                                        : fs::path(*dir) / "export";
    const auto store = review::Store::open_to_read(*dir);
    const review::Exported counts = review::export_review(*store, to, *run);
    command::print(
        "{}: {} images with {} boxes in reviewed_boxes.json, {} in labels.csv; {} NG images "
        "without "
        "places have their label alone\n",
        to.string(), counts.images, counts.boxes, counts.labels, counts.left_out);
  });
}

void declare_check(CLI::App& review, int& code) {
  CLI::App& app = *review.add_subcommand(
      "check", "is the review as its events say? The chain of hashes, imports, the file");
  const auto dir = std::make_shared<std::string>();
  const auto rebuild = std::make_shared<bool>(false), json = std::make_shared<bool>(false);
  app.add_option("dir", *dir, "folder of the review")->required();
  app.add_flag("--rebuild", *rebuild, "also make all from the events anew, in a copy, and compare");
  app.add_flag("--json", *json, "as JSON");
  app.callback([=, &code] {
    const auto store = review::Store::open_to_read(*dir);
    const review::CheckReport report = review::check(*store, *rebuild);
    if (*json) {
      command::print(dump_json(report.to_json(), 2) + "\n");
    } else {
      for (const std::string& problem : report.problems) command::print("{}\n", problem);
      command::print("{}: {} images, {} events, the last hash is {}: {}\n", *dir, report.images,
                     report.events, report.head,
                     report.ok() ? "all is as it was written" : "NOT as it was written");
    }
    code = report.ok() ? 0 : 1;
  });
}

void declare_backup(CLI::App& review) {
  CLI::App& app = *review.add_subcommand("backup", "a copy of all into DIR/backup; seven are kept");
  const auto dir = std::make_shared<std::string>();
  app.add_option("dir", *dir, "folder of the review")->required();
  app.callback([=] {
    command::print("{}\n",
                   review::command_store(*dir, {{"command", "backup"}})["file"].get<std::string>());
  });
}

Json reader_figures(review::Database& database) {
  Json readers = Json::array();
  for (const review::User& user : review::users(database)) {
    Json figures = review::honeypot_figures(database, user.id, INT64_MAX).to_json();
    figures["name"] = user.name;
    readers.push_back(std::move(figures));
  }
  return readers;
}

void print_readers(const Json& readers) {
  for (const Json& reader : readers)
    if (reader["seen"] != 0)
      command::print("{}: agrees with {} of {} known answers ({:.0f} to {:.0f} %)\n",
                     reader["name"].get<std::string>(), reader["agreed"].get<int64_t>(),
                     reader["seen"].get<int64_t>(), 100 * reader["low"].get<double>(),
                     100 * reader["high"].get<double>());
}

void declare_stats(CLI::App& review) {
  CLI::App& app = *review.add_subcommand(
      "stats", "how much is done, and how each reader agrees with known answers");
  const auto dir = std::make_shared<std::string>();
  const auto json = std::make_shared<bool>(false);
  app.add_option("dir", *dir, "folder of the review")->required();
  app.add_flag("--json", *json, "as JSON");
  app.callback([=] {
    const auto store = review::Store::open_to_read(*dir);
    const auto queues = store->read(review::queues);
    Json list = Json::array();
    for (const review::Queue& queue : queues) {
      list.push_back({{"queue", queue.name}, {"total", queue.total}, {"open", queue.remaining}});
      if (!*json)
        command::print("{}: {} of {} images are open\n", queue.name, queue.remaining, queue.total);
    }
    const Json readers = store->read(reader_figures);
    if (*json)
      command::print(dump_json({{"queues", list}, {"readers", readers}}, 2) + "\n");
    else
      print_readers(readers);
  });
}

}  // namespace

void declare_review(CLI::App& app, int& code) {
  app.require_subcommand(1);
  declare_init(app);
  declare_add(app);
  declare_user(app);
  declare_serve(app);
  declare_export(app);
  declare_check(app, code);
  declare_backup(app);
  declare_stats(app);
}

}  // namespace paucal::cli
