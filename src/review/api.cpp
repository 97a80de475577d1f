// Which path means what, who may ask, and the threads that answer.

#include "review/api.h"

#include <charconv>
#include <condition_variable>
#include <deque>
#include <thread>

#include "base/error.h"
#include "base/host/log.h"
#include "http/server/numeric_address.h"
#include "review/call.h"

namespace paucal::review {

const char* const kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src "
    "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

namespace {

constexpr ApiRoute kRoutes[] = {
    {"POST", "setup", true, answer_setup},
    {"POST", "login", true, answer_login},
    {"POST", "logout", false, answer_logout},
    {"GET", "me", false, answer_me},
    {"GET", "users", false, answer_users},
    {"POST", "users", false, answer_add_user},
    {"GET", "project", false, answer_project},
    {"GET", "queues", false, answer_queues},
    {"POST", "queues/{}/next", false, answer_next},
    {"POST", "queues/{}/release", false, answer_release},
    {"GET", "images", false, answer_images},
    {"GET", "images/{}", false, answer_image},
    {"GET", "images/{}/history", false, answer_history},
    {"GET", "images/{}/original", false, answer_original},
    {"GET", "images/{}/thumb", false, answer_thumb},
    {"GET", "images/{}/heat", false, answer_heat},
    {"GET", "images/{}/tile/{}/{}/{}", false, answer_tile},
    {"POST", "events", false, answer_events},
    {"POST", "undo", false, answer_undo},
    {"POST", "redo", false, answer_redo},
    {"POST", "bulk/preview", false, answer_preview},
    {"POST", "bulk/apply", false, answer_apply},
    {"GET", "disputes", false, answer_disputes},
    {"GET", "reviewers", false, answer_reviewers},
    {"GET", "audits", false, answer_audits},
    {"POST", "audits", false, answer_open_audit},
    {"GET", "audits/{}", false, answer_audit},
    {"POST", "audits/{}/close", false, answer_close_audit},
};

bool fits_path(std::string_view pattern, const std::vector<std::string>& path,
               std::vector<int64_t>& numbers) {
  numbers.clear();
  for (size_t i = 2; i < path.size(); ++i) {
    if (i + 1 == path.size() && path[i].empty()) break;  // a slash at the end
    if (pattern.empty()) return false;
    const std::string_view part = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(std::min(part.size() + 1, pattern.size()));
    if (part == "{}") {
      int64_t number = 0;
      const char* end = path[i].data() + path[i].size();
      const auto [at, error] = std::from_chars(path[i].data(), end, number);
      if (error != std::errc() || at != end || number < 0) return false;
      numbers.push_back(number);
    } else if (part != path[i]) {
      return false;
    }
  }
  return pattern.empty();
}

struct MatchedRoute {
  const ApiRoute* route = nullptr;
  std::vector<int64_t> numbers = {};
  std::string methods = {};  // that the path has, where it has not this one
};

MatchedRoute match_api_route(const http::Request& request) {
  MatchedRoute matched;
  std::vector<int64_t> numbers;
  for (const ApiRoute& route : kRoutes) {
    if (!fits_path(route.pattern, request.path, numbers)) continue;
    if (route.method == request.method) return {&route, numbers, ""};
    matched.methods += fmt::format("{}{}", matched.methods.empty() ? "" : ", ", route.method);
  }
  return matched;
}

std::string_view cookie_of(const http::Request& request) {
  const std::string* field = request.field("Cookie");
  constexpr std::string_view kName = "paucal_session=";
  for (std::string_view rest = field ? *field : std::string_view(); !rest.empty();) {
    std::string_view one = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.starts_with(kName)) return one.substr(kName.size());
  }
  return {};
}

// What a page from elsewhere could make a browser send.
std::optional<Refusal> check_origin(const http::Request& request) {
  const std::string* site = request.field("Sec-Fetch-Site");
  if (site && *site != "same-origin")
    return refusal(403, "origin", "[request] from another site, expected the page of this server");
  const std::string *origin = request.field("Origin"), *host = request.field("Host");
  if (origin && (!host || (*origin != "http://" + *host && *origin != "https://" + *host)))
    return refusal(403, "origin",
                   "[request] from another origin, expected the page of this server");
  if (request.method != "POST") return std::nullopt;
  const std::string* type = request.field("Content-Type");
  if (!type || !type->starts_with("application/json"))
    return refusal(415, "type", "[request] expected Content-Type: application/json");
  return std::nullopt;
}

bool same_secret(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

std::optional<Refusal> identify(Call& call) {
  call.secret = cookie_of(call.request);
  const int64_t now = call.store().moment().now;
  auto person = call.secret.empty() ? std::nullopt : call.store().read([&](Database& database) {
    return find_session(database, call.secret, now);
  });
  if (!person) return refusal(401, "login", "[request] no session, expected a login");
  call.person = std::move(*person);
  if (call.request.method != "POST") return std::nullopt;
  const std::string* csrf = call.request.field("X-Paucal-CSRF");
  if (!csrf || !same_secret(*csrf, call.person.csrf))
    return refusal(403, "csrf",
                   "[request] X-Paucal-CSRF is missing or wrong, expected the csrf of "
                   "the login");
  return std::nullopt;
}

Answer answer_api(Shared& shared, const http::Request& request) {
  MatchedRoute matched = match_api_route(request);
  if (!matched.route) {
    if (matched.methods.empty()) return refusal(404, "unknown", "[request] no such path");
    return refusal(405, "method", "[request] method {}, expected {}", request.method,
                   matched.methods);
  }
  if (auto refused = check_origin(request)) return *refused;
  Call call{shared, request, {}, {}, std::move(matched.numbers)};
  if (!matched.route->open)
    if (auto refused = identify(call)) return *refused;
  return matched.route->answer(call);
}

void add_security_fields(http::Response& response) {
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Content-Security-Policy", kContentSecurityPolicy},
           {"X-Content-Type-Options", "nosniff"},
           {"Referrer-Policy", "no-referrer"},
           {"Cross-Origin-Opener-Policy", "same-origin"},
           {"Cross-Origin-Resource-Policy", "same-origin"}})
    response.fields.push_back({name, value});
  for (const http::Field& field : response.fields)
    if (field.name == "Cache-Control") return;
  response.fields.push_back({"Cache-Control", "no-store"});
}

http::Response answer_safely(Shared& shared, const http::Request& request) {
  http::Response response;
  try {
    Answer answer = answer_api(shared, request);
    if (auto* refused = std::get_if<Refusal>(&answer))
      response = refused_answer(*refused);
    else
      response = std::get<http::Response>(std::move(answer));
  } catch (const std::exception& error) {
    log::error("review: {}", error.what());  // the text may tell of files: not to strangers
    response = refused_answer(refusal(500, "internal", "[request] not done: see the server's log"));
  }
  add_security_fields(response);
  return response;
}

// Threads that work on requests, so that those of the sockets never wait.
class Crew {
 public:
  Crew(Store& store, ApiOptions options) : shared_(store, std::move(options)) {
    for (int i = 0; i < shared_.options.threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Crew() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  Shared& shared() { return shared_; }

  void take(http::Request request, http::Responder respond) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() < static_cast<size_t>(shared_.options.max_waiting)) {
        waiting_.emplace_back(std::move(request), std::move(respond));
        wake_.notify_one();
        return;
      }
    }
    auto busy = refused_answer(refusal(503, "busy", "[request] too many wait, try again"));
    busy.fields.push_back({"Retry-After", "1"});
    add_security_fields(busy);
    respond(std::move(busy));
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      auto [request, respond] = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      if (!respond.gone()) respond(answer_safely(shared_, request));
      lock.lock();
    }
  }

  Shared shared_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<http::Request, http::Responder>> waiting_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

Api make_api(Store& store, ApiOptions options) {
  const auto page = options.page;
  const auto crew = std::make_shared<Crew>(store, std::move(options));
  if (!store.read([](Database& database) { return has_users(database); }))
    crew->shared().setup_token = random_hex(16);
  Api api;
  api.setup_token = crew->shared().setup_token;
  api.crew = crew;
  // Not an owner: a server may drop its handler on a thread of the crew, which cannot end itself.
  api.handler = [crew = crew.get(), page](http::Request request, http::Responder respond) {
    const bool is_api =
        request.path.size() >= 2 && request.path[0] == "api" && request.path[1] == "v1";
    if (is_api) return crew->take(std::move(request), std::move(respond));
    std::optional<http::Response> response;
    if (page && request.method == "GET") response = page(request);
    if (!response) response = refused_answer(refusal(404, "unknown", "[request] no such path"));
    add_security_fields(*response);
    respond(std::move(*response));
  };
  return api;
}

}  // namespace paucal::review
