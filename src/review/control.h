#pragma once
// Commands to a store, whether a server holds it or not: through its socket DIR/review.sock (mode
// 0600, so by the same user of this machine alone), else on the store itself.

#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "review/store.h"

namespace paucal::review {

// {"command": "add user", "name", "role", "password_hash"}, "set role" {"name", "role"}, "set
// disabled" {"name", "disabled"}, "set password" {"name", "password_hash"}, "import" {"run"} or
// {"images"}, "backup", "audit open" {"options"}, "audit close" {"name"}. What was done; throws
// Error.
Json do_command(Store& store, const Json& command);

// What commands do: do_command(), or what a room below this one adds to it.
using Commands = std::function<Json(Store&, const Json&)>;

// do_command() by the server that holds the folder, or by this process where there is none. Throws
// Error, also what the server answered.
Json command_store(const std::filesystem::path& folder, const Json& command,
                   const Commands& commands = do_command);

// Answers commands while it lives, one at a time. Throws Error where the socket cannot be made.
class Control {
 public:
  explicit Control(Store& store, Commands commands = do_command);
  ~Control();

 private:
  void serve();
  void answer(int connection);

  Store& store_;
  Commands commands_;
  std::filesystem::path path_;
  Descriptor socket_, wake_;
  std::thread thread_;
};

}  // namespace paucal::review
