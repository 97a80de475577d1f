#pragma once
// A request on its way through a route, and what a route may use.

#include <memory>
#include <optional>
#include <string>

#include "http/server/server.h"
#include "serve/engine.h"
#include "serve/problem.h"
#include "serve/request_counts.h"
#include "serve/routes.h"

namespace paucal::serve {

// Answers once, from any thread, and counts the answer.
class Reply {
 public:
  Reply(http::Responder responder, std::shared_ptr<RequestCounts> counts, std::size_t route)
      : responder_(std::move(responder)), counts_(std::move(counts)), route_(route) {}

  void operator()(http::Response response) const {
    counts_->add(route_, response.status);
    responder_(std::move(response));
  }
  void operator()(const Problem& problem) const { (*this)(response_of(problem)); }
  void operator()(const Refused& refused) const { (*this)(response_of(refused)); }
  bool gone() const { return responder_.gone(); }

 private:
  http::Responder responder_;
  std::shared_ptr<RequestCounts> counts_;
  std::size_t route_;
};

struct Call {
  Engine& engine;
  const RoutesOptions& options;
  http::Request request;
  std::string model = {};           // of the path
  std::optional<int> version = {};  // of the path; none: the one that serves
  Reply reply;
};

// The routes, each in the file of its subject.
void answer_server(Call call);
void answer_live(Call call);
void answer_ready(Call call);
void answer_metrics(Call call);
void answer_models(Call call);
void answer_metadata(Call call);
void answer_model_ready(Call call);
void answer_config(Call call);
void answer_statistics(Call call);
void answer_infer(Call call);
void answer_predict(Call call);
void answer_index(Call call);
void answer_load(Call call);
void answer_unload(Call call);
void answer_rollback(Call call);

}  // namespace paucal::serve
