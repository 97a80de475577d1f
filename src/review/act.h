#pragma once
// What people do to images: one action, undo and redo. Each is one event, in a transaction of the
// caller's. Nothing is ever overwritten: who decided on what is no longer there is told so
// (conflict), with the image as it is now.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "review/people.h"
#include "review/record.h"
#include "review/refusal.h"

namespace paucal::review {

struct Ask {
  int64_t client_seq =
      0;  // of the session; a second one with the same number gets the first answer
  int64_t image = 0;
  std::optional<int64_t> base_version = {};  // of the image as the person saw it
  std::string action = {};
  std::string item =
      {};  // of add: the id of what is drawn (32 hexadecimal digits); empty: a new one
  Json after = Json::object();
  ImageSize size = {};  // of the image, where the asker knows it better than the store
  std::optional<int64_t> ms_active = {}, ms_total = {};
  std::optional<std::string> view = {};
};

struct Acted {
  int64_t event = 0;
  struct Touched {
    int64_t image = 0, version = 0;
  };
  std::vector<Touched> images;  // the one that was asked for first
  std::string item = {};        // of add: the id
};
using ActResult = std::variant<Acted, Refusal>;

// An image that was handed out is kept for that person; what they do to it makes it longer.
inline constexpr int64_t kLeaseMicroseconds = int64_t{600} * 1'000'000;

struct Moment {
  int64_t now = 0;            // µs
  double blind_share = 0;     // of done images that are read a second time
  double honeypot_share = 0;  // of done images that come back as honeypots
};

ActResult act(Database& database, const Moment& moment, const Person& person, const Ask& ask);

// The person's own last event that is not undone; where somebody else changed its images since, a
// conflict.
ActResult undo(Database& database, const Moment& moment, const Person& person, int64_t client_seq);
// The person's own last undo, where nothing else was done since.
ActResult redo(Database& database, const Moment& moment, const Person& person, int64_t client_seq);

// The image with all that was decided of it, as JSON: {"id", "version", "status", "verdict",
// "class", "items"}.
Json image_state_json(Database& database, int64_t image);

// What was answered to this number of the session before; nothing where it is new.
std::optional<Acted> answered_before(Database& database, const Person& person, int64_t client_seq);

// Who holds the image; nothing where nobody does. A lease that ends later than any can was made by
// a clock that has been set back since, and holds no more.
std::optional<int64_t> holder_of(Database& database, const Moment& moment, int64_t image);

// Whether the person may see and change the image now. Not: who reads a shadow of it blind, readers
// of shadows without a lease, and whoever finds it leased to somebody else.
std::optional<Refusal> check_access(Database& database, const Moment& moment, const Person& person,
                                    int64_t image, bool to_write);

}  // namespace paucal::review
