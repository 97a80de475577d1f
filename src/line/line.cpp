#include "line/line.h"

#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/host/log.h"
#include "line/done_folder.h"
#include "line/inspector.h"
#include "line/open_parts.h"
#include "line/part_queue.h"
#include "line/systemd.h"

namespace paucal::line {
namespace fs = std::filesystem;
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{20}, kRetry{1000};

// The part in work.
struct Work {
  Arrival arrival;
  uint32_t part = 0;
  const LoadedRecipe* recipe = nullptr;
  bool submitted = false;
  std::optional<Outcome> outcome = {};  // with the line that could not be written yet
  std::string text = {};
  Clock::time_point retry{};
};

class RunningLine final : public Line {
 public:
  explicit RunningLine(Parts parts)
      : parts_(std::move(parts)),
        options_(parts_.options),
        next_part_(parts_.results->last_part() + 1),
        machine_({milliseconds(options_.ack_timeout_ms)}, Clock::now()),
        inspector_(*parts_.wake) {}

  std::optional<Failure> run(const std::atomic<bool>& stop) override;
  int modbus_port() const override {
    return options_.modbus_listen.empty() ? 0 : parts_.controller->port();
  }
  size_t recipes() const override { return parts_.recipes.size(); }

 private:
  bool step(Clock::time_point now, bool stopping);
  void follow_controller();
  void choose_recipe(uint16_t number);
  void begin(Arrival arrival);
  void advance(Clock::time_point now);
  void settle(const Judgement* judgement, Clock::time_point now);
  void record(Clock::time_point now);
  bool drain();
  Clock::time_point deadline() const {
    return work_->arrival.at + milliseconds(options_.deadline_ms);
  }
  bool late(Clock::time_point now) const { return options_.deadline_ms > 0 && now >= deadline(); }
  int wait_ms(Clock::time_point now) const;

  Parts parts_;
  const LineOptions& options_;
  uint32_t next_part_;
  StateMachine machine_;
  PartQueue queue_;
  std::optional<Work> work_;
  const LoadedRecipe* recipe_ = nullptr;  // none: the number is unknown
  std::optional<uint16_t> recipe_number_;
  std::string write_problem_;
  Inspector inspector_;
};

void RunningLine::choose_recipe(uint16_t number) {
  if (recipe_number_ == number) return;
  recipe_number_ = number;
  const auto found = parts_.recipes.find(number);
  recipe_ = found == parts_.recipes.end() ? nullptr : &found->second;
  machine_.set_fault(Fault::kUnknownRecipe, recipe_ == nullptr);
  if (recipe_ != nullptr) {
    machine_.set_recipe(number);
    log::info("[line] recipe {}: model '{}', version {}", number, recipe_->name, recipe_->version);
  } else {
    log::error("[line] recipe {}: unknown; parts wait", number);
  }
}

// A recipe holds from the next part on.
void RunningLine::follow_controller() {
  const auto command = parts_.controller ? parts_.controller->command() : std::nullopt;
  if (command) machine_.acknowledge(command->acknowledged);
  if (machine_.idle()) choose_recipe(command ? command->recipe : parts_.recipe);
}

void RunningLine::begin(Arrival arrival) {
  work_ = Work{std::move(arrival), next_part_++, recipe_};
  machine_.start(work_->part);
}

void RunningLine::advance(Clock::time_point now) {
  auto inspected = inspector_.take();
  if (inspected && inspected->part != work_->part) {
    log::warn("[line] part {}: judged after its deadline", inspected->part);
    inspected.reset();
  }
  if (work_->outcome) {
    if (now >= work_->retry) record(now);
  } else if (late(now)) {
    settle(nullptr, now);
  } else if (inspected) {
    settle(&inspected->judgement, now);
  } else if (!work_->submitted) {
    work_->submitted = inspector_.submit(
        work_->part, [recipe = work_->recipe, path = fs::path(options_.in) / work_->arrival.path] {
          return judge_file(*recipe, path);
        });
  }
}

// `judgement`: none where its time is over.
void RunningLine::settle(const Judgement* judgement, Clock::time_point now) {
  ResultLine line;
  line.part = work_->part;
  line.path = work_->arrival.path;
  line.station = station_of(line.path);
  line.model = work_->recipe->name;
  line.version = work_->recipe->version;
  if (!options_.recipes.empty()) line.recipe = machine_.status().recipe;
  line.file = work_->arrival.file;
  Outcome outcome{Verdict::kNg, Reason::kLate, 0};
  if (judgement == nullptr) {
    line.reason = "late";
  } else if (!judgement->error.empty()) {
    outcome.reason = Reason::kUnreadable;
    line.error = judgement->error;
  } else {
    outcome = {judgement->ng ? Verdict::kNg : Verdict::kOk, Reason::kNone,
               judgement->probability_ng};
    line.probability_ng = judgement->probability_ng;
    line.boxes = judgement->boxes;
  }
  line.verdict = name_of(outcome.verdict);
  line.ms = std::chrono::duration<double, std::milli>(now - work_->arrival.at).count();
  line.at = utc_now();
  work_->text = to_text(line);
  work_->outcome = outcome;
  record(now);
}

// The line is in the kernel before anybody is told.
void RunningLine::record(Clock::time_point now) {
  const auto wrong = parts_.results->append(work_->text);
  machine_.set_fault(Fault::kResultsFile, wrong.has_value());
  const std::string problem = wrong ? wrong->message : "";
  if (problem != write_problem_ && wrong) log::error("[results] {}; tried again", problem);
  write_problem_ = problem;
  if (wrong) {
    work_->retry = now + kRetry;
    return;
  }
  const Controller* controller = parts_.controller.get();
  machine_.finish(
      *work_->outcome, now,
      controller != nullptr && (controller->connected() || machine_.last_was_acknowledged()));
  for (const auto& publisher : parts_.publishers) publisher->tell(work_->part);
  if (!options_.done.empty())
    if (const auto kept = move_done(options_.in, work_->arrival.path, options_.done))
      log::warn("[line] {}", kept->message);
  work_.reset();
}

// True: something went on, and the next step should follow at once.
bool RunningLine::step(Clock::time_point now, bool stopping) {
  for (Arrival& arrival : parts_.watch->take()) queue_.push(std::move(arrival));
  machine_.set_fault(Fault::kInputFolder, !parts_.watch->healthy());
  follow_controller();
  machine_.tick(now);
  const Status before = machine_.status();
  if (!stopping && !work_ && machine_.ready())
    if (auto arrival = queue_.pop()) begin(std::move(*arrival));
  if (work_) advance(now);
  const Status after = machine_.status();
  if (parts_.controller) parts_.controller->show(to_registers(after));
  return !(before == after);
}

int RunningLine::wait_ms(Clock::time_point now) const {
  auto until = now + kTick;
  if (work_ && !work_->outcome && options_.deadline_ms > 0) until = std::min(until, deadline());
  const auto wait = std::chrono::ceil<milliseconds>(until - now).count();
  return static_cast<int>(std::max<int64_t>(wait, 0));
}

std::optional<Failure> RunningLine::run(const std::atomic<bool>& stop) {
  notify_systemd("READY=1");
  const auto watchdog = systemd_watchdog();
  auto next_pat = Clock::now();
  Clock::time_point stop_at{};
  while (true) {
    const auto now = Clock::now();
    if (stop && stop_at == Clock::time_point{}) {
      notify_systemd("STOPPING=1");
      stop_at = now + std::chrono::duration_cast<Clock::duration>(
                          std::chrono::duration<double>(options_.drain_seconds));
    }
    if (watchdog.count() > 0 && now >= next_pat) {
      notify_systemd("WATCHDOG=1");
      next_pat = now + watchdog;
    }
    const bool went_on = step(now, stop);
    // The last verdict stays until it was taken.
    const bool settled = !work_ && machine_.status().state != State::kResult;
    if (stop && (settled || now >= stop_at)) break;
    if (!went_on) parts_.wake->wait(wait_ms(now));
  }
  const bool all_sent = drain();
  if (work_)
    return failure("results", "part {}: not recorded: {}", work_->part,
                   write_problem_.empty() ? "still in work" : write_problem_);
  if (!all_sent) log::warn("[line] lines wait for the next start");
  return std::nullopt;
}

bool RunningLine::drain() {
  const auto longest = std::chrono::duration_cast<milliseconds>(
      std::chrono::duration<double>(options_.drain_seconds));
  bool all = true;
  for (const auto& publisher : parts_.publishers) all &= publisher->drain(longest);
  return all;
}

}  // namespace

Result<std::unique_ptr<Line>> Line::open(const LineOptions& options) {
  auto parts = open_parts(options);
  if (!parts.ok()) return parts.failure();
  return std::unique_ptr<Line>(std::make_unique<RunningLine>(std::move(*parts)));
}

}  // namespace paucal::line
