// The API: who is there.

#include "review/call.h"
#include "review/hand_out.h"

namespace paucal::review {
namespace {

struct Credentials {
  std::string name, password, token;
};

std::variant<Credentials, Refusal> credentials_of(const http::Request& request) {
  auto body = body_of(request);
  if (auto* refused = std::get_if<Refusal>(&body)) return *refused;
  const Json& json = std::get<Json>(body);
  return Credentials{string_member(json, "name"), string_member(json, "password"),
                     string_member(json, "token")};
}

Json person_json(const Person& person) {
  return {{"id", person.id},
          {"name", person.name},
          {"role", role_name(person.role)},
          {"session", person.session},
          {"csrf", person.csrf}};
}

Answer enter(const Call& call, const User& user) {
  const int64_t now = call.store().moment().now;
  const Session session =
      call.store().write([&](Database& database) { return open_session(database, user, now); });
  http::Response response = json_answer(person_json(session.person));
  response.fields.push_back(
      {"Set-Cookie", fmt::format("paucal_session={}; Path=/; HttpOnly; "
                                 "SameSite=Strict; Max-Age={}",
                                 session.secret, kSessionMicroseconds / 1'000'000)});
  return response;
}

Refusal must_wait_answer(std::chrono::seconds wait) {
  return refusal(429, "wait", "[login] too many failures, expected {} seconds of patience",
                 wait.count());
}

std::variant<User, Refusal> add_user_of(const Call& call, const Credentials& asked, Role role,
                                        bool first) {
  if (auto refused = check_credentials(asked.name, asked.password)) return *refused;
  const std::string hash = hash_password(asked.password);
  return call.store().write([&](Database& database) -> std::variant<User, Refusal> {
    if (first && has_users(database))
      return refusal(409, "taken", "[setup] there is a user, expected a login");
    return add_user(database, asked.name, role, hash);
  });
}

}  // namespace

Answer answer_setup(const Call& call) {
  auto asked = credentials_of(call.request);
  if (auto* refused = std::get_if<Refusal>(&asked)) return *refused;
  const auto& credentials = std::get<Credentials>(asked);
  const auto now = Logins::Clock::now();
  const std::string peer = "peer " + call.request.peer;
  if (const auto wait = call.shared.logins.must_wait(peer, now)) return must_wait_answer(*wait);
  {
    const std::lock_guard lock(call.shared.mutex);
    if (call.shared.setup_token.empty())
      return refusal(409, "taken", "[setup] it is done, expected a login");
    if (credentials.token != call.shared.setup_token) {
      call.shared.logins.failed(peer, now);
      return refusal(403, "token", "[setup] token, expected the one that the server printed");
    }
  }
  auto added = add_user_of(call, credentials, Role::kAdmin, /*first=*/true);
  if (auto* refused = std::get_if<Refusal>(&added)) return *refused;
  {
    const std::lock_guard lock(call.shared.mutex);
    call.shared.setup_token.clear();
  }
  return enter(call, std::get<User>(added));
}

Answer answer_login(const Call& call) {
  auto asked = credentials_of(call.request);
  if (auto* refused = std::get_if<Refusal>(&asked)) return *refused;
  const auto& [name, password, token] = std::get<Credentials>(asked);
  const auto now = Logins::Clock::now();
  const std::string whose = "name " + name.substr(0, 80), peer = "peer " + call.request.peer;
  for (const std::string& who : {whose, peer})
    if (const auto wait = call.shared.logins.must_wait(who, now)) return must_wait_answer(*wait);
  const Login login = call.store().read(
      [&, &wanted = name](Database& database) { return find_login(database, wanted); });
  if (!password_fits(password.substr(0, kMaxPassword), login.hash) || !login.user) {
    for (const std::string& who : {whose, peer}) call.shared.logins.failed(who, now);
    return refusal(401, "login", "[login] name or password is wrong");
  }
  call.shared.logins.succeeded(whose);
  return enter(call, *login.user);
}

Answer answer_logout(const Call& call) {
  call.store().write([&](Database& database) { close_session(database, call.secret); });
  http::Response response = json_answer(Json::object());
  response.fields.push_back(
      {"Set-Cookie", "paucal_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"});
  return response;
}

Answer answer_me(const Call& call) {
  return json_answer(person_json(call.person));
}

Answer answer_users(const Call& call) {
  if (!call.person.may(Role::kAdmin))
    return refusal(403, "forbidden", "[users] role {}, expected admin",
                   role_name(call.person.role));
  Json list = Json::array();
  for (const User& user : call.store().read([](Database& database) { return users(database); }))
    list.push_back({{"id", user.id},
                    {"name", user.name},
                    {"role", role_name(user.role)},
                    {"disabled", user.disabled}});
  return json_answer({{"users", std::move(list)}});
}

Answer answer_add_user(const Call& call) {
  if (!call.person.may(Role::kAdmin))
    return refusal(403, "forbidden", "[users] role {}, expected admin",
                   role_name(call.person.role));
  auto body = body_of(call.request);
  if (auto* refused = std::get_if<Refusal>(&body)) return *refused;
  const Json& json = std::get<Json>(body);
  const auto role = parse_role(string_member(json, "role"));
  if (!role)
    return refusal(400, "bad", "[users] role, expected viewer, reviewer, arbiter or admin");
  auto added = add_user_of(call, {string_member(json, "name"), string_member(json, "password"), ""},
                           *role, false);
  if (auto* refused = std::get_if<Refusal>(&added)) return *refused;
  const User& user = std::get<User>(added);
  return json_answer({{"id", user.id}, {"name", user.name}, {"role", role_name(user.role)}});
}

}  // namespace paucal::review
