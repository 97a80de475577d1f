#pragma once
// What a person may choose for a line. Times in milliseconds, unless their names say seconds.

#include <cstdint>
#include <optional>
#include <string>

#include "base/options.h"
#include "base/result.h"

namespace paucal::line {

struct LineOptions {
  std::string in, model, recipes;
  int recipe = -1;
  std::string out = "results.jsonl", done;
  int deadline_ms = 0, rest_ms = 2000;
  double rescan_seconds = 5;
  int threads = 1;
  std::string modbus, modbus_listen;
  int modbus_address = 0, modbus_unit = 255, modbus_poll_ms = 20, modbus_timeout_ms = 500;
  int ack_timeout_ms = 1000;
  std::string mqtt, mqtt_topic = "paucal/line", mqtt_login;
  std::string webhook;
  int64_t backlog = 1'000'000;
  double drain_seconds = 5;

  template <class V>
  void visit(V& v) {
    v(in, "in", "folder that images arrive in; its first level of folders are stations");
    v(model, "model", "model file: recipe 0");
    v(recipes, "recipes",
      "YAML file, one recipe a line: 3: {model, roi: [x0, y0, x1, y1], threshold}");
    v(recipe, "recipe", "recipe number at the start; -1: 0, or the lowest of the file",
      Range{-1, 65535});
    v(out, "out", "file that one JSON line a part is appended to");
    v(done, "done", "folder that judged files are moved into; default: they stay");
    v(deadline_ms, "deadline_ms",
      "a part without a verdict this long after its file counts is NG, reason late; 0: none",
      Range{0, 3'600'000});
    v(rest_ms, "rest_ms",
      "a file that was not renamed into place counts once size and time rested this long",
      Range{0, 600'000});
    v(rescan_seconds, "rescan_seconds", "between two looks at the whole folder", Range{.1, 3600});
    v(threads, "threads", "threads of the network", Range{1, 256});
    v(modbus, "modbus", "HOST:PORT of the controller's Modbus/TCP server, to write into");
    v(modbus_listen, "modbus_listen", "HOST:PORT to be a Modbus/TCP server at; port 0: any free");
    v(modbus_address, "modbus_address", "number of the first register", Range{0, 65500});
    v(modbus_unit, "modbus_unit", "unit identifier of the controller", Range{0, 255});
    v(modbus_poll_ms, "modbus_poll_ms", "between two looks at the controller's registers",
      Range{1, 10'000});
    v(modbus_timeout_ms, "modbus_timeout_ms", "longest wait for the controller's answer",
      Range{10, 60'000});
    v(ack_timeout_ms, "ack_timeout_ms",
      "longest wait for the controller to acknowledge a verdict; 0: none", Range{0, 600'000});
    v(mqtt, "mqtt", "HOST:PORT of an MQTT 3.1.1 broker; lines go to TOPIC/result with QoS 1");
    v(mqtt_topic, "mqtt_topic", "TOPIC that the line publishes below");
    v(mqtt_login, "mqtt_login", "file of two lines: user, password");
    v(webhook, "webhook", "http or https address that each line is sent to by POST");
    v(backlog, "backlog", "parts that wait for a broker or webhook at most; older ones are skipped",
      Range{1, 1e9});
    v(drain_seconds, "drain_seconds", "longest wait at the end for what is still to be sent",
      Range{0, 600});
  }
};

// What is wrong across fields; bounds of single ones are visit()'s.
std::optional<Failure> check(const LineOptions& options);

}  // namespace paucal::line
