#pragma once
// Whoever is told of every line, in order, at least once: a broker, a web server. Each has a thread
// of its own and an outbox, and may be away for as long as it likes.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "line/host_port.h"
#include "line/outbox.h"

namespace paucal::line {

class Publisher {
 public:
  virtual ~Publisher() = default;  // stops at once
  // There is a line of this part. Any thread.
  virtual void tell(uint32_t part) = 0;
  // Takes leave once all is sent, or when the time is over. True: all is sent.
  virtual bool drain(std::chrono::milliseconds longest) = 0;
};

struct MqttOptions {
  HostPort broker;
  std::string topic;   // lines go to TOPIC/result; TOPIC/online holds 1, or 0 where we are gone
  std::string client;  // client identifier; a broker drops the elder of two of one name
  std::string user, password;  // user empty: none
};
std::unique_ptr<Publisher> make_mqtt(MqttOptions options, Outbox outbox);
// Two lines: user, password.
std::optional<Failure> read_login(const std::string& path, MqttOptions& options);

// POST of one line, application/json. Any 2xx: it arrived. 400, 413, 422: this line is not wanted,
// and left out. All else is tried again.
std::unique_ptr<Publisher> make_webhook(std::string address, Outbox outbox);

}  // namespace paucal::line
