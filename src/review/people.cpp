#include "review/people.h"

#include <crypt.h>
#include <sys/random.h>

#include <memory>

#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"

namespace paucal::review {
namespace {

constexpr std::string_view kRoles[] = {"viewer", "reviewer", "arbiter", "admin"};
constexpr size_t kMaxName = 64;

std::string random_bytes(size_t count) {
  std::string bytes(count, '\0');
  size_t have = 0;
  while (have < count) {
    const ssize_t more = ::getrandom(bytes.data() + have, count - have, 0);
    if (more <= 0) fail("review", "no random numbers of the system");
    have += static_cast<size_t>(more);
  }
  return bytes;
}

// crypt(3) with the state, which is large, on the heap.
std::string crypt_of(std::string_view password, const char* setting) {
  const auto state = std::make_unique<crypt_data>();
  const std::string text(password);
  const char* hash = ::crypt_r(text.c_str(), setting, state.get());
  return hash && hash[0] != '*' ? hash : "";
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

User user_of(const Statement& row) {
  return {row.integer(0), row.text(1), parse_role(row.text(2)).value_or(Role::kViewer),
          row.integer(3) != 0};
}

std::optional<Refusal> change_user(Database& database, std::string_view name, const char* sql,
                                   const auto& value) {
  const auto id = database.integer("SELECT id FROM user WHERE name = ?", name);
  if (!id)
    return refusal(404, "unknown", "[user] '{}', expected the name of a user", cut_text(name, 80));
  database.run(sql, value, *id);
  database.run("DELETE FROM session WHERE user_id = ?", *id);
  return std::nullopt;
}

}  // namespace

std::string_view role_name(Role role) {
  return kRoles[static_cast<size_t>(role)];
}

std::optional<Role> parse_role(std::string_view name) {
  for (size_t i = 0; i < std::size(kRoles); ++i)
    if (kRoles[i] == name) return static_cast<Role>(i);
  return std::nullopt;
}

std::string random_hex(size_t bytes) {
  std::string hex;
  for (const char byte : random_bytes(bytes))
    hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

std::string hash_password(std::string_view password) {
  const std::string salt = random_bytes(16);
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  if (!::crypt_gensalt_rn("$y$", 0, salt.data(), static_cast<int>(salt.size()), setting,
                          sizeof setting))
    fail("review", "crypt(3) knows no yescrypt, expected libxcrypt 4.3 or later");
  std::string hash = crypt_of(password, setting);
  if (hash.empty()) fail("review", "crypt(3) cannot hash the password");
  return hash;
}

bool password_fits(std::string_view password, const std::string& hash) {
  const std::string mine = crypt_of(password, hash.c_str());
  return !mine.empty() && equal_in_constant_time(mine, hash);
}

std::optional<Refusal> check_credentials(std::string_view name, std::string_view password) {
  const bool plain = !name.empty() && name.size() <= kMaxName && is_utf8(name) &&
                     std::ranges::none_of(name, [](unsigned char c) { return c < 33 || c == 127; });
  if (!plain)
    return refusal(400, "bad", "[user] name of {} bytes, expected 1 to {} without white space",
                   name.size(), kMaxName);
  if (password.size() < kMinPassword || password.size() > kMaxPassword ||
      password.find('\0') != password.npos)
    return refusal(400, "bad", "[user] password of {} bytes, expected {} to {}", password.size(),
                   kMinPassword, kMaxPassword);
  return std::nullopt;
}

std::vector<User> users(Database& database) {
  std::vector<User> all;
  for (auto rows = database.query("SELECT id, name, role, disabled FROM user ORDER BY id");
       rows.step();)
    all.push_back(user_of(rows));
  return all;
}

bool has_users(Database& database) {
  return database.integer("SELECT 1 FROM user LIMIT 1").has_value();
}

int64_t reviewer_count(Database& database) {
  return *database.integer("SELECT count(*) FROM user WHERE disabled = 0 AND role <> 'viewer'");
}

std::variant<User, Refusal> add_user(Database& database, std::string_view name, Role role,
                                     const std::string& password_hash) {
  if (database.integer("SELECT id FROM user WHERE name = ?", name))
    return refusal(409, "taken", "[user] '{}' is there, expected a new name", name);
  database.run("INSERT INTO user(name, role, password_hash, disabled) VALUES(?,?,?,0)", name,
               role_name(role), password_hash);
  return User{database.last_id(), std::string(name), role, false};
}

std::optional<Refusal> set_role(Database& database, std::string_view name, Role role) {
  return change_user(database, name, "UPDATE user SET role = ? WHERE id = ?", role_name(role));
}
std::optional<Refusal> set_disabled(Database& database, std::string_view name, bool disabled) {
  return change_user(database, name, "UPDATE user SET disabled = ? WHERE id = ?", disabled);
}
std::optional<Refusal> set_password(Database& database, std::string_view name,
                                    const std::string& password_hash) {
  return change_user(database, name, "UPDATE user SET password_hash = ? WHERE id = ?",
                     password_hash);
}

Session open_session(Database& database, const User& user, int64_t now) {
  Session session{random_hex(32), {user.id, user.name, user.role, random_hex(8), random_hex(16)}};
  database.run("DELETE FROM session WHERE expires <= ?", now);
  database.run(
      "INSERT INTO session(secret_sha256, id, user_id, csrf, created, seen, expires) "
      "VALUES(?,?,?,?,?,?,?)",
      sha256_hex(session.secret), session.person.session, user.id, session.person.csrf, now, now,
      now + kSessionMicroseconds);
  return session;
}

std::optional<Person> find_session(Database& database, std::string_view secret, int64_t now) {
  // A session that lasts longer than any can was begun by a clock that has been set back since.
  auto row = database.query(
      "SELECT user.id, user.name, user.role, session.id, session.csrf FROM session JOIN user ON "
      "user.id = session.user_id WHERE secret_sha256 = ? AND user.disabled = 0 AND expires > ? AND "
      "expires <= ?",
      sha256_hex(secret), now, now + kSessionMicroseconds);
  if (!row.step()) return std::nullopt;
  return Person{row.integer(0), row.text(1), parse_role(row.text(2)).value_or(Role::kViewer),
                row.text(3), row.text(4)};
}

void close_session(Database& database, std::string_view secret) {
  database.run("DELETE FROM session WHERE secret_sha256 = ?", sha256_hex(secret));
}

Login find_login(Database& database, std::string_view name) {
  static const std::string kNobody = hash_password(random_hex(16));
  auto row = database.query(
      "SELECT id, name, role, disabled, password_hash FROM user WHERE name = ?", name);
  if (!row.step() || row.integer(3) != 0) return {std::nullopt, kNobody};
  return {user_of(row), row.text(4)};
}

}  // namespace paucal::review
