#include <mosquitto.h>
#include <poll.h>

#include <deque>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "line/reachable.h"
#include "line/sender.h"

namespace paucal::line {
namespace {

using std::chrono::milliseconds;

constexpr size_t kMaxInFlight = 20;  // as libmosquitto's own
constexpr int kKeepAliveSeconds = 15;
constexpr milliseconds kConnectTime{5000}, kAnswerTime{30'000};

// Of one connection. A new one begins with what the outbox still holds, so that order does not
// depend on what a broken one had under way.
struct Session {
  std::unique_ptr<mosquitto, void (*)(mosquitto*)> client{nullptr, mosquitto_destroy};
  bool connected = false, broken = false;
  int refused = 0;  // the broker's code
  struct Sent {
    int id;
    Letter letter;
    bool arrived = false;
  };
  std::deque<Sent> sent;
  Clock::time_point last_answer = Clock::now();
};

void on_connect(mosquitto*, void* object, int code) {
  auto& session = *static_cast<Session*>(object);
  session.last_answer = Clock::now();
  session.connected = code == 0;
  session.refused = code;
}

void on_disconnect(mosquitto*, void* object, int) {
  static_cast<Session*>(object)->broken = true;
}

void on_publish(mosquitto*, void* object, int id) {
  auto& session = *static_cast<Session*>(object);
  session.last_answer = Clock::now();
  for (auto& sent : session.sent)
    if (sent.id == id) sent.arrived = true;
}

class Mqtt final : public Sender {
 public:
  Mqtt(MqttOptions options, Outbox outbox)
      : Sender(std::move(outbox)), options_(std::move(options)) {
    static std::once_flag once;
    std::call_once(once, [] { mosquitto_lib_init(); });
    begin();
  }
  ~Mqtt() override { end(); }

 private:
  void run() override;
  bool connect(Session& session);
  void serve(Session& session);
  bool exchange(Session& session);
  void acknowledge(Session& session);
  bool publish(Session& session);
  void say(const std::string& problem);

  MqttOptions options_;
  std::string result_topic_ = options_.topic + "/result",
              online_topic_ = options_.topic + "/online";
  std::string problem_;  // said already
};

void Mqtt::run() {
  Backoff backoff(milliseconds(100), milliseconds(5000));
  while (!stopping() && !finished()) {
    Session session;
    outbox_.rewind();
    if (connect(session)) {
      serve(session);
      if (session.connected) backoff.reset();
    }
    if (!stopping() && !finished()) pause(backoff.next());
  }
}

// Once a problem, not once an attempt.
void Mqtt::say(const std::string& problem) {
  if (problem == problem_) return;
  if (problem.empty())
    log::info("[mqtt] '{}:{}': connected", options_.broker.host, options_.broker.port);
  else
    log::warn("[mqtt] '{}:{}': {}; lines wait in the results file", options_.broker.host,
              options_.broker.port, problem);
  problem_ = problem;
}

bool Mqtt::connect(Session& session) {
  if (!reachable(options_.broker, kConnectTime)) {
    say("cannot be reached");
    return false;
  }
  session.client.reset(mosquitto_new(options_.client.c_str(), true, &session));
  mosquitto* client = session.client.get();
  if (client == nullptr) return false;
  mosquitto_connect_callback_set(client, on_connect);
  mosquitto_disconnect_callback_set(client, on_disconnect);
  mosquitto_publish_callback_set(client, on_publish);
  if (!options_.user.empty())
    mosquitto_username_pw_set(client, options_.user.c_str(), options_.password.c_str());
  mosquitto_will_set(client, online_topic_.c_str(), 1, "0", 1, true);
  const int code = mosquitto_connect(client, options_.broker.host.c_str(), options_.broker.port,
                                     kKeepAliveSeconds);
  if (code != MOSQ_ERR_SUCCESS) say(mosquitto_strerror(code));
  return code == MOSQ_ERR_SUCCESS;
}

void Mqtt::serve(Session& session) {
  const auto begun = Clock::now();
  bool greeted = false;
  while (!stopping() && exchange(session)) {
    if (!session.connected) {
      if (session.refused != 0 || Clock::now() - begun > kConnectTime) break;
      continue;
    }
    if (!greeted) {
      greeted = true;
      say("");
      mosquitto_publish(session.client.get(), nullptr, online_topic_.c_str(), 1, "1", 1, true);
    }
    acknowledge(session);
    if (finished()) {
      mosquitto_publish(session.client.get(), nullptr, online_topic_.c_str(), 1, "0", 1, true);
      mosquitto_disconnect(session.client.get());
      return;
    }
    if (!publish(session)) break;
    if (!session.sent.empty() && Clock::now() - session.last_answer > kAnswerTime) break;
  }
  if (stopping()) return;
  if (session.refused != 0)
    say(mosquitto_connack_string(session.refused));
  else
    say(greeted ? "the connection broke" : "does not answer");
}

// Waits for the broker or a new part, and reads and writes what there is. False: it is over.
bool Mqtt::exchange(Session& session) {
  mosquitto* client = session.client.get();
  const int socket = mosquitto_socket(client);
  if (socket < 0 || session.broken) return false;
  const auto events = static_cast<short>(POLLIN | (mosquitto_want_write(client) ? POLLOUT : 0));
  pollfd waits[] = {{socket, events, 0}, {wake_.fd(), POLLIN, 0}};
  ::poll(waits, 2, 200);
  if (waits[1].revents != 0) wake_.clear();
  if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
      mosquitto_loop_read(client, 1) != MOSQ_ERR_SUCCESS)
    return false;
  if (mosquitto_want_write(client) && mosquitto_loop_write(client, 1) != MOSQ_ERR_SUCCESS)
    return false;
  return mosquitto_loop_misc(client) == MOSQ_ERR_SUCCESS && !session.broken;
}

// Answers may come out of order; the place in the outbox moves over what has arrived from its
// front.
void Mqtt::acknowledge(Session& session) {
  auto& sent = session.sent;
  const Letter* last = nullptr;
  size_t arrived = 0;
  for (; arrived < sent.size() && sent[arrived].arrived; ++arrived) last = &sent[arrived].letter;
  if (last != nullptr) outbox_.acknowledge(*last);
  sent.erase(sent.begin(), sent.begin() + static_cast<ptrdiff_t>(arrived));
}

bool Mqtt::publish(Session& session) {
  while (session.sent.size() < kMaxInFlight) {
    auto letter = outbox_.next(newest());
    if (!letter) return true;
    if (session.sent.empty()) session.last_answer = Clock::now();
    int id = 0;
    const int code =
        mosquitto_publish(session.client.get(), &id, result_topic_.c_str(),
                          static_cast<int>(letter->text.size()), letter->text.data(), 1, false);
    if (code != MOSQ_ERR_SUCCESS) return false;
    session.sent.push_back({id, std::move(*letter)});
  }
  return true;
}

}  // namespace

std::unique_ptr<Publisher> make_mqtt(MqttOptions options, Outbox outbox) {
  return std::make_unique<Mqtt>(std::move(options), std::move(outbox));
}

std::optional<Failure> read_login(const std::string& path, MqttOptions& options) {
  const auto bytes = read_file(path, 4096);
  if (!bytes.ok()) return bytes.failure();
  const std::string text(bytes->begin(), bytes->end());
  const size_t first = text.find('\n');
  if (first == std::string::npos || first == 0)
    return failure("mqtt", "'{}': expected two lines: user, password", path);
  const auto clean = [](std::string_view line) {
    return std::string(line.substr(0, line.find_last_not_of("\r\n") + 1));
  };
  options.user = clean(std::string_view(text).substr(0, first));
  options.password = clean(std::string_view(text).substr(first + 1));
  return std::nullopt;
}

}  // namespace paucal::line
