#pragma once
// A request on its way through a route of the API, and what a route may use.

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "base/json_text.h"
#include "http/server/server.h"
#include "review/api.h"
#include "review/bulk.h"
#include "review/image_files.h"
#include "review/logins.h"
#include "review/run_heat.h"

namespace paucal::review {

// A preview of a bulk that somebody may apply.
struct Previewed {
  int64_t user_id = 0;
  BulkAsk ask;
  std::string digest;
};

// What the routes of one API share.
struct Shared {
  Shared(Store& the_store, ApiOptions the_options)
      : store(the_store),
        options(std::move(the_options)),
        pyramids(static_cast<size_t>(options.cache_mb) << 20) {}

  Store& store;
  ApiOptions options;
  Logins logins;
  Pyramids pyramids;
  RunHeats heats;
  std::mutex mutex;  // of what follows
  std::string setup_token;
  std::unordered_map<std::string, Previewed> previews;  // by token
};

struct Call {
  Shared& shared;
  const http::Request& request;
  Person person = {};                 // of routes that need one
  std::string_view secret = {};       // the cookie
  std::vector<int64_t> numbers = {};  // of the path, in its order

  Store& store() const { return shared.store; }
};

using Answer = std::variant<http::Response, Refusal>;

http::Response json_answer(const Json& json, int status = 200);
http::Response refused_answer(const Refusal& refused);

// The body; a Refusal where it is no JSON object (or array, where `array`) of at most 1 MiB.
std::variant<Json, Refusal> body_of(const http::Request& request, bool array = false);

// Fills "width" and "height" of what image_json() says of an image whose file alone knows them.
void add_size(const Call& call, Json& image);
// Of an image that is shown: as its file has it. Not known where it cannot be decoded.
ImageSize shown_size(const Call& call, int64_t image);

// Members of JSON of strangers; nothing where there is none of this type.
std::optional<int64_t> integer_member(const Json& json, const char* key);
std::string string_member(const Json& json, const char* key);
std::vector<int64_t> integers_member(const Json& json, const char* key);

struct ApiRoute {
  std::string_view method;
  std::string_view pattern;  // below /api/v1; "{}": a number
  bool open;                 // needs no session
  Answer (*answer)(const Call& call);
};

// The routes, each in the file of its subject.
Answer answer_setup(const Call& call);
Answer answer_login(const Call& call);
Answer answer_logout(const Call& call);
Answer answer_me(const Call& call);
Answer answer_users(const Call& call);
Answer answer_add_user(const Call& call);
Answer answer_project(const Call& call);
Answer answer_queues(const Call& call);
Answer answer_next(const Call& call);
Answer answer_release(const Call& call);
Answer answer_images(const Call& call);
Answer answer_image(const Call& call);
Answer answer_history(const Call& call);
Answer answer_original(const Call& call);
Answer answer_thumb(const Call& call);
Answer answer_tile(const Call& call);
Answer answer_heat(const Call& call);
Answer answer_events(const Call& call);
Answer answer_undo(const Call& call);
Answer answer_redo(const Call& call);
Answer answer_preview(const Call& call);
Answer answer_apply(const Call& call);
Answer answer_disputes(const Call& call);
Answer answer_reviewers(const Call& call);
Answer answer_audits(const Call& call);
Answer answer_audit(const Call& call);
Answer answer_open_audit(const Call& call);
Answer answer_close_audit(const Call& call);

}  // namespace paucal::review
