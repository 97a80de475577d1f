#pragma once
// Who may review: users with roles and passwords, and their sessions.
//
// Passwords are kept as yescrypt of libxcrypt (crypt(3)), which also says what an older hash is.
// Sessions are random secrets of which the store holds the SHA-256 alone.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "review/database.h"
#include "review/refusal.h"

namespace paucal::review {

enum class Role { kViewer, kReviewer, kArbiter, kAdmin };
std::string_view role_name(Role role);
std::optional<Role> parse_role(std::string_view name);

// Who asks.
struct Person {
  int64_t id = 0;
  std::string name;
  Role role = Role::kViewer;
  std::string session;  // public id, which stands in events
  std::string csrf = {};

  bool may(Role least) const { return role >= least; }
};

struct User {
  int64_t id = 0;
  std::string name;
  Role role = Role::kViewer;
  bool disabled = false;
};

constexpr size_t kMinPassword = 10, kMaxPassword = 256;  // bytes

// Slow on purpose; of no store. Throws Error where the system has no random numbers.
std::string hash_password(std::string_view password);
bool password_fits(std::string_view password, const std::string& hash);
std::optional<Refusal> check_credentials(std::string_view name, std::string_view password);

std::vector<User> users(Database& database);
bool has_users(Database& database);
// Enabled ones who may decide.
int64_t reviewer_count(Database& database);
std::variant<User, Refusal> add_user(Database& database, std::string_view name, Role role,
                                     const std::string& password_hash);
// Each ends the user's sessions.
std::optional<Refusal> set_role(Database& database, std::string_view name, Role role);
std::optional<Refusal> set_disabled(Database& database, std::string_view name, bool disabled);
std::optional<Refusal> set_password(Database& database, std::string_view name,
                                    const std::string& password_hash);

struct Session {
  std::string secret;  // the cookie
  Person person;
};
constexpr int64_t kSessionMicroseconds = int64_t{12} * 3600 * 1'000'000;

Session open_session(Database& database, const User& user, int64_t now);
// By the secret; nothing where it is unknown, over, or its user is disabled.
std::optional<Person> find_session(Database& database, std::string_view secret, int64_t now);
void close_session(Database& database, std::string_view secret);
// The user of this name and the hash of the password; for names that are unknown, one that fits
// nothing and takes as long.
struct Login {
  std::optional<User> user;
  std::string hash;
};
Login find_login(Database& database, std::string_view name);

std::string random_hex(size_t bytes);  // of the system's random numbers

}  // namespace paucal::review
