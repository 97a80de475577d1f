#pragma once
// The line: a folder in, verdicts out. Puts together watch, recipes, inspector, results file,
// controller and publishers; the thread that calls run() does what the state machine says.

#include <atomic>
#include <memory>

#include "line/options.h"
#include "line/state.h"

namespace paucal::line {

class Line {
 public:
  // Loads every model and opens every file; nothing is judged yet.
  static Result<std::unique_ptr<Line>> open(const LineOptions& options);
  virtual ~Line() = default;
  // Until `stop` is true and the part in work is judged; then waits for publishers as long as
  // drain_seconds. A failure only where a part could not be recorded to the end.
  virtual std::optional<Failure> run(const std::atomic<bool>& stop) = 0;
  // The port of --modbus-listen; 0 without it.
  virtual int modbus_port() const = 0;
  virtual size_t recipes() const = 0;
};

}  // namespace paucal::line
