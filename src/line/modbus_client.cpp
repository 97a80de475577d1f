#include <modbus.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <thread>

#include "base/host/log.h"
#include "line/backoff.h"
#include "line/controller.h"

namespace paucal::line {
namespace {

using std::chrono::milliseconds;

struct CloseModbus {
  void operator()(modbus_t* context) const {
    modbus_close(context);
    modbus_free(context);
  }
};
using Connection = std::unique_ptr<modbus_t, CloseModbus>;

class ModbusClient final : public Controller {
 public:
  ModbusClient(ModbusOptions options, const Wake& wake)
      : options_(std::move(options)), wake_(wake), thread_([this] { run(); }) {}
  ~ModbusClient() override {
    stop_ = true;
    own_wake_.notify();
    thread_.join();
  }

  void show(const StatusRegisters& status) override {
    {
      const std::lock_guard lock(mutex_);
      if (status_ == status) return;
      status_ = status;
    }
    own_wake_.notify();
  }
  std::optional<Command> command() const override {
    const std::lock_guard lock(mutex_);
    return command_;
  }
  bool connected() const override { return connected_; }
  int port() const override { return options_.address.port; }

 private:
  void run();
  Connection connect() const;
  bool write_status(modbus_t* context, std::optional<StatusRegisters>& written);
  bool read_command(modbus_t* context);
  void say(const std::string& problem);

  ModbusOptions options_;
  const Wake& wake_;
  Wake own_wake_;
  mutable std::mutex mutex_;
  StatusRegisters status_{};
  std::optional<Command> command_;
  std::atomic<bool> stop_ = false, connected_ = false;
  std::string problem_ = "not yet";  // said already
  std::thread thread_;               // last: it uses the others
};

void ModbusClient::run() {
  Backoff backoff(milliseconds(100), milliseconds(2000));
  while (!stop_) {
    const Connection connection = connect();
    std::optional<StatusRegisters> written;
    while (!stop_ && connection && write_status(connection.get(), written) &&
           read_command(connection.get())) {
      backoff.reset();
      own_wake_.wait(static_cast<int>(options_.poll.count()));
    }
    if (stop_) return;
    say(modbus_strerror(errno));
    connected_ = false;
    own_wake_.wait(static_cast<int>(backoff.next().count()));
  }
}

Connection ModbusClient::connect() const {
  const std::string port = std::to_string(options_.address.port);
  Connection context(modbus_new_tcp_pi(options_.address.host.c_str(), port.c_str()));
  if (!context) return nullptr;
  const auto seconds = static_cast<uint32_t>(options_.timeout.count() / 1000);
  const auto micros = static_cast<uint32_t>(options_.timeout.count() % 1000 * 1000);
  modbus_set_response_timeout(context.get(), seconds, micros);
  modbus_set_byte_timeout(context.get(), seconds, micros);
  modbus_set_slave(context.get(), options_.unit);
  if (modbus_connect(context.get()) != 0) return nullptr;
  return context;
}

bool ModbusClient::write_status(modbus_t* context, std::optional<StatusRegisters>& written) {
  StatusRegisters status;
  {
    const std::lock_guard lock(mutex_);
    status = status_;
  }
  if (written == status) return true;
  if (modbus_write_registers(context, options_.first, kStatusWords, status.data()) != kStatusWords)
    return false;
  written = status;
  return true;
}

bool ModbusClient::read_command(modbus_t* context) {
  CommandRegisters words{};
  if (modbus_read_registers(context, options_.first + kCommandAddress, kCommandWords,
                            words.data()) != kCommandWords)
    return false;
  say("");
  connected_ = true;
  const Command command = to_command(words);
  {
    const std::lock_guard lock(mutex_);
    if (command_ == command) return true;
    command_ = command;
  }
  wake_.notify();
  return true;
}

// Once a problem, not once an attempt.
void ModbusClient::say(const std::string& problem) {
  if (problem == problem_) return;
  if (problem.empty())
    log::info("[modbus] '{}:{}': connected", options_.address.host, options_.address.port);
  else
    log::warn("[modbus] '{}:{}': {}; tried again", options_.address.host, options_.address.port,
              problem);
  problem_ = problem;
}

}  // namespace

std::unique_ptr<Controller> make_modbus_client(ModbusOptions options, const Wake& wake) {
  return std::make_unique<ModbusClient>(std::move(options), wake);
}

}  // namespace paucal::line
