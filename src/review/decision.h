#pragma once
// What was decided of one image, and what an action makes of it. Pure: no store, no clock.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "review/geometry.h"
#include "review/refusal.h"

namespace paucal::review {

// An object of an image: a proposal that somebody accepted, edited or rejected, or one that was
// drawn. `state`: accepted, edited, rejected, drawn.
struct Item {
  std::string kind;  // box, polygon, point, mask, span
  int64_t class_id = 0;
  std::string geometry;  // JSON as checked_geometry() gives it
  std::string state;

  bool stands() const { return state != "rejected"; }
  bool operator==(const Item&) const = default;
};

// By id: "p7" is proposal 7, 32 hexadecimal digits are an object that was drawn.
using Items = std::map<std::string, Item>;

struct Decision {
  std::string status = "open";              // open, done, unsure, disputed
  std::optional<std::string> verdict = {};  // OK, NG
  std::optional<int64_t> class_id = {};
  Items items = {};

  bool is_closed() const { return status != "open"; }
  bool operator==(const Decision&) const = default;
};

struct Proposal {
  int64_t id = 0;
  std::string kind;
  int64_t class_id = 0;
  std::string geometry;
};
std::string item_id(int64_t proposal);  // 7 → "p7"

struct Class {
  int64_t id = 0;
  std::string name;
  bool is_ok = false;
};

// What an action may need to know beside the decision.
struct Scene {
  std::vector<Proposal> proposals;
  std::optional<int64_t> label;  // the class that the image came with
  const std::vector<Class>* classes = nullptr;
  ImageSize size = {};
};

struct Action {
  std::string name;       // accept, reject, relabel, edit, add, delete, verdict, class, done,
                          // unsure, reopen
  std::string item = {};  // of accept to delete; empty for accept and reject: all that is undecided
  Json after = Json::object();
  std::string new_id = {};  // of what add draws
};

// The class that `text` (a name) or a number (an id) means; null where there is none.
const Class* find_class(const std::vector<Class>& classes, const Json& wanted);

// Whether the image is taken to be NG: by its verdict, else by the class that it came with.
bool counts_as_ng(const Decision& decision, const Scene& scene);

// The decision after the action, or why it cannot be.
//  - verdict closes the image; OK rejects its proposals and removes what was drawn.
//  - done accepts every proposal that is undecided and closes the image: NG where objects stand or
//    where it counted as NG before, else OK.
//  - reopen takes back verdict and status; the objects stay as they are.
std::variant<Decision, Refusal> decide(const Decision& before, const Action& action,
                                       const Scene& scene);

}  // namespace paucal::review
