#pragma once
// For tests: the program paucal-line on a folder of its own, and what it says.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include "command/test_program.h"
#include "edge/api/test_model.h"
#include "edge/pre/encode.h"
#include "line/result_line.h"
#include "line/test_process.h"

namespace paucal::line_cli {

using line::eventually;
using line::Process;

// The i-th part of two stations; every fourth is NG.
inline std::string part_name(int i) {
  return fmt::format("{}/{:06}{}.png", i % 3 == 0 ? "left" : "right", i, i % 4 == 0 ? "spot" : "");
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class LineCli : public testing::Test {
 protected:
  LineCli() {
    write_file_atomic(folder_ / "m.paucal", edge::write_model(edge::bright_spot_model()));
    std::filesystem::create_directories(folder_ / "in");
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }
  void start(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {
        PAUCAL_LINE_PROGRAM, "--in", at("in"),           "--out", at("r.jsonl"),
        "--rest-ms",         "50",   "--rescan-seconds", "0.2"};
    if (std::ranges::find(more, "--recipes") == more.end())
      words.insert(words.end(), {"--model", at("m.paucal")});
    words.insert(words.end(), more.begin(), more.end());
    process_ = std::make_unique<Process>(words, at("log"));
  }
  int stop(int signal = SIGTERM) { return std::exchange(process_, nullptr)->end(signal); }
  std::string log() const { return std::filesystem::exists(at("log")) ? read_text(at("log")) : ""; }
  // Renamed into place, as a camera should; names with "spot" are NG.
  void bring(const std::string& name) const {
    const static Bytes ng = *edge::encode_png(edge::bright_spot_image());
    const static Bytes ok = *edge::encode_png(edge::Image(32, 24, 1));
    const Bytes& bytes = name.find("spot") != std::string::npos ? ng : ok;
    const std::filesystem::path path = folder_ / ("in/" + name);
    const std::filesystem::path hidden = path.parent_path() / ".new";
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(hidden, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    std::filesystem::rename(hidden, path);
  }
  // Whole lines of the results.
  std::vector<line::ResultLine> results() const {
    std::vector<line::ResultLine> lines;
    if (!std::filesystem::exists(at("r.jsonl"))) return lines;
    const std::string text = read_text(at("r.jsonl"));
    for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos;
         begin = end + 1)
      lines.push_back(value_or_throw(line::parse_result_line(text.substr(begin, end - begin))));
    return lines;
  }
  // Reads only what is new, since the longer tests ask often.
  size_t count_results() const {
    std::ifstream file(at("r.jsonl"), std::ios::binary);
    file.seekg(static_cast<std::streamoff>(read_));
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const size_t whole = text.rfind('\n') + 1;  // 0 without one
    counted_ += static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    read_ += whole;
    return counted_;
  }
  // As long as there is one more each minute.
  bool have(size_t count) const {
    for (size_t before = count_results(); before < count; before = count_results())
      if (!eventually([&] { return count_results() > before; })) return false;
    return true;
  }
  int modbus_port() const {
    constexpr std::string_view kBefore = "Modbus on port ";
    eventually([&] { return log().find(kBefore) != std::string::npos; });
    return std::atoi(log().substr(log().rfind(kBefore) + kBefore.size()).c_str());
  }
  const command::TestFolder folder_;
  std::unique_ptr<Process> process_;

 private:
  mutable size_t read_ = 0, counted_ = 0;  // bytes and lines of the results so far
};

}  // namespace paucal::line_cli
