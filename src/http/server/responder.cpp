#include "http/server/responder.h"

#include "http/server/response_text.h"

namespace paucal::http {

Responder::State::~State() {
  if (!answered) answer(error_response(500, "no answer"));
}

void Responder::State::answer(Response response) noexcept {
  if (answered.exchange(true)) return;
  try {
    send(std::move(response));
  } catch (...) {
    // No memory for an answer: the connection's own end tells the client.
  }
}

void Responder::operator()(Response response) const {
  state_->answer(std::move(response));
}

bool Responder::gone() const {
  return state_->gone;
}

Responder respond_to(std::function<void(Response)> sink) {
  return Responder(std::make_shared<Responder::State>(std::move(sink)));
}

}  // namespace paucal::http
