#include "serve/beside.h"

#include <cmath>

namespace paucal::serve {
namespace {

std::string verdict_beside(const Beside::Work& work, Predictors& predictors) {
  const auto predictor = predictors.of(work.challenger);
  if (!predictor.ok()) return "error";
  const edge::ModelCard& card = work.challenger->served.card;
  edge::Image memory;
  const auto image = decoded(work.input, card, memory);
  if (std::holds_alternative<Refused>(image)) return "error";
  const auto prediction = predict(**predictor, *std::get<const edge::Image*>(image));
  const auto* found = std::get_if<edge::Prediction>(&prediction);
  return found ? verdict_of(card, *found) : "error";
}

}  // namespace

bool Beside::takes_next() {
  const auto before = static_cast<double>(seen_.fetch_add(1, std::memory_order_relaxed));
  return std::floor((before + 1) * share_) > std::floor(before * share_);
}

void Beside::add(Work work) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() < kMostWaiting) waiting_.push_back(std::move(work));
}

std::optional<Beside::Work> Beside::next() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  std::optional<Work> work = std::move(waiting_.front());
  waiting_.pop_front();
  return work;
}

bool Beside::empty() const {
  const std::lock_guard lock(mutex_);
  return waiting_.empty();
}

void run_beside(const Beside::Work& work, Predictors& predictors) {
  try {
    work.served->counters->compared(work.verdict, verdict_beside(work, predictors));
  } catch (const std::exception&) {  // no memory: one verdict is not counted
  }
}

}  // namespace paucal::serve
