#pragma once
// For tests: Debian's broker on a port of its own, and a subscriber.

#include <mosquitto.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>

#include "base/files.h"
#include "line/reachable.h"
#include "line/test_process.h"

namespace paucal::line {

class Broker {
 public:
  static std::string program() {
    for (const char* path : {"/usr/sbin/mosquitto", "/usr/bin/mosquitto"})
      if (std::filesystem::exists(path)) return path;
    return "";
  }
  // Files in `folder`; what it took stays over a restart.
  explicit Broker(std::filesystem::path folder, const std::string& more = "")
      : folder_(std::move(folder)), port_(free_port()) {
    std::filesystem::create_directories(folder_);
    std::filesystem::permissions(folder_, std::filesystem::perms::all);
    write_text_atomic(folder_ / "conf", "listener " + std::to_string(port_) + " 127.0.0.1\n" +
                                            (more.empty() ? "allow_anonymous true\n" : more) +
                                            "persistence true\npersistence_location " +
                                            folder_.string() + "/\nmax_queued_messages 0\n" +
                                            (::getuid() == 0 ? "user root\n" : ""));
    start();
  }
  void start() {
    process_ = std::make_unique<Process>(
        std::vector<std::string>{program(), "-c", (folder_ / "conf").string()},
        (folder_ / "log").string());
    eventually([&] { return reachable({"127.0.0.1", port_}, std::chrono::milliseconds(200)); });
  }
  void stop() {
    process_->end(SIGTERM);
    process_.reset();
  }
  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  std::filesystem::path folder_;
  int port_;
  std::unique_ptr<Process> process_;
};

// By their first arrival: a broker repeats after its restart what was not acknowledged to it.
inline std::vector<std::string> first_arrivals(const std::vector<std::string>& texts) {
  std::vector<std::string> firsts;
  std::set<std::string> seen;
  for (const std::string& text : texts)
    if (seen.insert(text).second) firsts.push_back(text);
  return firsts;
}

// Keeps its session over restarts of the broker, as a plant's database would.
class Subscriber {
 public:
  Subscriber(int port, std::string topic) : topic_(std::move(topic)) {
    mosquitto_lib_init();
    client_ = mosquitto_new("test-subscriber", false, this);
    mosquitto_connect_callback_set(client_, [](mosquitto* client, void* self, int) {
      mosquitto_subscribe(client, nullptr, static_cast<Subscriber*>(self)->topic_.c_str(), 1);
    });
    mosquitto_subscribe_callback_set(client_, [](mosquitto*, void* self, int, int, const int*) {
      static_cast<Subscriber*>(self)->subscribed_ = true;
    });
    mosquitto_message_callback_set(
        client_, [](mosquitto*, void* self, const mosquitto_message* message) {
          auto& subscriber = *static_cast<Subscriber*>(self);
          const std::lock_guard lock(subscriber.mutex_);
          subscriber.texts_.emplace_back(static_cast<const char*>(message->payload),
                                         static_cast<size_t>(message->payloadlen));
        });
    mosquitto_reconnect_delay_set(client_, 1, 1, false);
    mosquitto_connect(client_, "127.0.0.1", port, 15);
    mosquitto_loop_start(client_);
    eventually([&] { return subscribed_.load(); });
  }
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;
  ~Subscriber() {
    mosquitto_disconnect(client_);
    mosquitto_loop_stop(client_, false);
    mosquitto_destroy(client_);
  }
  std::vector<std::string> texts() const {
    const std::lock_guard lock(mutex_);
    return texts_;
  }

 private:
  std::string topic_;
  mosquitto* client_;
  std::atomic<bool> subscribed_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

}  // namespace paucal::line
