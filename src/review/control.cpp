#include "review/control.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "base/json_text.h"
#include "review/audit.h"
#include "review/import_run.h"

namespace paucal::review {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxCommand = 64 << 10;  // bytes
constexpr int kPatience = 600'000;        // ms: an import of many images takes long

std::string text_at(const Json& command, const char* key) {
  const auto found = command.find(key);
  if (found == command.end() || !found->is_string())
    fail("review", "command without '{}', expected a text", key);
  return found->get<std::string>();
}

Role role_at(const Json& command) {
  const std::string name = text_at(command, "role");
  const auto role = parse_role(name);
  if (!role) fail("review", "role '{}', expected viewer, reviewer, arbiter or admin", name);
  return *role;
}

void require(const std::optional<Refusal>& refused) {
  if (refused) fail("review", "{}", refused->message);
}

Json add_user_by(Store& store, const Json& command) {
  const std::string name = text_at(command, "name"), hash = text_at(command, "password_hash");
  const Role role = role_at(command);
  const auto added =
      store.write([&](Database& database) { return add_user(database, name, role, hash); });
  if (const auto* refused = std::get_if<Refusal>(&added)) fail("review", "{}", refused->message);
  return {{"name", name}, {"role", role_name(role)}};
}

Json change_user_by(Store& store, const Json& command) {
  const std::string what = text_at(command, "command"), name = text_at(command, "name");
  require(store.write([&](Database& database) {
    if (what == "set role") return set_role(database, name, role_at(command));
    if (what == "set password")
      return set_password(database, name, text_at(command, "password_hash"));
    return set_disabled(database, name, command.value("disabled", true));
  }));
  return {{"name", name}};
}

Json import_by(Store& store, const Json& command) {
  const Imported imported =
      import_run(store, command.contains("run") ? read_run(text_at(command, "run"))
                                                : read_folder(text_at(command, "images")));
  return {{"images", imported.images},
          {"new_images", imported.new_images},
          {"proposals", imported.proposals}};
}

Json audit_by(Store& store, const Json& command) {
  const bool opens = text_at(command, "command") == "audit open";
  AuditOptions options;
  if (opens && command.contains("options")) options_of(options).load_json(command["options"]);
  const Moment moment = store.moment();
  const auto done = store.write([&](Database& database) -> std::variant<AuditStatus, Refusal> {
    if (opens) return open_audit(database, moment, /*by=*/0, options);
    auto found = find_audit(database, command.value("name", ""));
    if (std::holds_alternative<Refusal>(found)) return found;
    return close_audit(database, moment, /*by=*/0, std::get<AuditStatus>(found).id);
  });
  if (const auto* refused = std::get_if<Refusal>(&done)) fail("review", "{}", refused->message);
  return std::get<AuditStatus>(done).to_json();
}

sockaddr_un address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path)
    fail("review", "'{}': {} bytes, expected a path of at most {}", path.string(),
         path.native().size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

// Up to a line feed; what came where it does not come.
std::string receive_line(int socket, int patience) {
  std::string line;
  char piece[4096];
  while (line.size() < kMaxCommand && !line.ends_with('\n')) {
    pollfd wait{socket, POLLIN, 0};
    if (::poll(&wait, 1, patience) <= 0) break;
    const ssize_t count = ::recv(socket, piece, sizeof piece, 0);
    if (count <= 0) break;
    line.append(piece, static_cast<size_t>(count));
  }
  return line;
}

// Nothing where no server listens.
std::optional<Json> ask_server(const fs::path& folder, const Json& command) {
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_of(folder / "review.sock");
  if (!socket.ok() ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return std::nullopt;
  if (!send_all(socket.get(), dump_json(command) + "\n"))
    fail("review", "'{}': the server went away", folder.string());
  const Json answer = value_or_throw(parse_json(receive_line(socket.get(), kPatience), "server"));
  if (answer.contains("error")) fail("review", "{}", answer["error"].get<std::string>());
  return answer;
}

}  // namespace

Json do_command(Store& store, const Json& command) {
  const std::string what = text_at(command, "command");
  if (what == "add user") return add_user_by(store, command);
  if (what == "set role" || what == "set disabled" || what == "set password")
    return change_user_by(store, command);
  if (what == "import") return import_by(store, command);
  if (what == "audit open" || what == "audit close") return audit_by(store, command);
  if (what == "backup") return {{"file", store.backup().string()}};
  fail("review", "command '{}', expected one of this version", what);
}

Json command_store(const fs::path& folder, const Json& command, const Commands& commands) {
  if (auto answer = ask_server(folder, command)) return *answer;
  return commands(*Store::open(folder), command);
}

Control::Control(Store& store, Commands commands)
    : store_(store),
      commands_(std::move(commands)),
      path_(store.folder() / "review.sock"),
      socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
  const sockaddr_un address = address_of(path_);
  fs::remove(path_);  // of a server that was killed: this process holds the folder
  const mode_t before = ::umask(0177);
  const bool bound =
      socket_.ok() && wake_.ok() &&
      ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::umask(before);
  if (!bound || ::listen(socket_.get(), 8) != 0)
    fail("review", "'{}': {}", path_.string(), std::strerror(errno));
  thread_ = std::thread([this] { serve(); });
}

Control::~Control() {
  const uint64_t one = 1;
  if (::write(wake_.get(), &one, sizeof one) != sizeof one) std::terminate();
  thread_.join();
  std::error_code ignored;
  fs::remove(path_, ignored);
}

void Control::serve() {
  for (;;) {
    pollfd wait[] = {{socket_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    if (::poll(wait, 2, -1) < 0 && errno != EINTR) return;
    if (wait[1].revents != 0) return;
    if ((wait[0].revents & POLLIN) == 0) continue;
    const Descriptor connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.ok()) answer(connection.get());
  }
}

void Control::answer(int connection) {
  Json json;
  try {
    json = commands_(store_, value_or_throw(parse_json(receive_line(connection, 5000), "command")));
  } catch (const Error& error) {
    json = {{"error", error.message()}};
  } catch (const std::exception& error) {
    json = {{"error", error.what()}};
  }
  send_all(connection, dump_json(json) + "\n");
}

}  // namespace paucal::review
