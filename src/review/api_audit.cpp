// The API: audits. Viewers (auditors), arbiters and admins read them; admins open and close.

#include "base/error.h"
#include "review/audit.h"
#include "review/call.h"

namespace paucal::review {
namespace {

// Reviewers read for the audit: after each answer its counts would tell them whether the label said
// the same.
std::optional<Refusal> may_look(const Person& person, const AuditStatus& status) {
  if (person.role != Role::kReviewer || status.closed_at) return std::nullopt;
  return refusal(403, "forbidden",
                 "[audit] '{}' is open, expected a viewer, an arbiter or an admin", status.name);
}

std::optional<Refusal> may_manage(const Person& person) {
  if (person.may(Role::kAdmin)) return std::nullopt;
  return refusal(403, "forbidden", "[audit] role {}, expected admin", role_name(person.role));
}

Json told_json(const AuditStatus& status) {
  Json json = status.to_json();
  json["readers"] = status.readers.to_json();
  return json;
}

Answer answer_status(const std::variant<AuditStatus, Refusal>& done) {
  if (const auto* refused = std::get_if<Refusal>(&done)) return *refused;
  return json_answer(told_json(std::get<AuditStatus>(done)));
}

}  // namespace

Answer answer_audits(const Call& call) {
  return json_answer(call.store().read([&](Database& database) -> Json {
    Json list = Json::array();
    for (const AuditStatus& status : audit_list(database))
      if (!may_look(call.person, status)) list.push_back(told_json(status));
    return {{"audits", std::move(list)}};
  }));
}

Answer answer_audit(const Call& call) {
  const int64_t id = call.numbers[0];
  return call.store().read([&](Database& database) -> Answer {
    const auto status = audit_status(database, id);
    if (!status) return refusal(404, "unknown", "[audit] {}: no such audit", id);
    if (auto refused = may_look(call.person, *status)) return *refused;
    return json_answer(told_json(*status));
  });
}

Answer answer_open_audit(const Call& call) {
  if (auto refused = may_manage(call.person)) return *refused;
  auto body = body_of(call.request);
  if (auto* refused = std::get_if<Refusal>(&body)) return *refused;
  AuditOptions options;
  try {
    options_of(options).load_json(std::get<Json>(body));
  } catch (const Error& error) {
    return refusal(400, "bad", "{}", error.message());
  }
  const Moment moment = call.store().moment();
  return answer_status(call.store().write(
      [&](Database& database) { return open_audit(database, moment, call.person.id, options); }));
}

Answer answer_close_audit(const Call& call) {
  if (auto refused = may_manage(call.person)) return *refused;
  const Moment moment = call.store().moment();
  return answer_status(call.store().write([&](Database& database) {
    return close_audit(database, moment, call.person.id, call.numbers[0]);
  }));
}

}  // namespace paucal::review
