#pragma once
// The line's controller over Modbus/TCP: the registers of registers.h, either in the controller's
// server, which we write into, or in a server of our own. Each has a thread of its own; a
// controller that hangs, goes away and comes back never holds up the line. It sees the newest
// status, not every one.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "line/host_port.h"
#include "line/registers.h"
#include "line/wake.h"

namespace paucal::line {

class Controller {
 public:
  virtual ~Controller() = default;  // stops
  virtual void show(const StatusRegisters& status) = 0;
  // The newest; none before the controller was heard the first time.
  virtual std::optional<Command> command() const = 0;
  // It is there now.
  virtual bool connected() const = 0;
  virtual int port() const = 0;
};

struct ModbusOptions {
  HostPort address;
  uint16_t first = 0;  // address of register 0
  int unit = 255;      // of the controller
  std::chrono::milliseconds poll{20}, timeout{500};
};

// `wake` is notified of new commands; it must outlive the controller.
std::unique_ptr<Controller> make_modbus_client(ModbusOptions options, const Wake& wake);
// `recipe`: what its register holds until the controller writes one. Up to 16 connections; of more,
// the one that was idle longest is closed.
Result<std::unique_ptr<Controller>> make_modbus_server(ModbusOptions options, uint16_t recipe,
                                                       const Wake& wake);

}  // namespace paucal::line
