#include "train/jsonl.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"

namespace paucal::train {
namespace {

constexpr std::string_view kJsonlPlace = "jsonl";

}  // namespace

JsonLines::JsonLines(std::filesystem::path path) : path_(std::move(path)) {
  const std::string text = std::filesystem::exists(path_) ? read_text(path_) : "";
  const size_t whole = text.rfind('\n') + 1;  // 0 where there is no line end at all
  if (whole != text.size() || !std::filesystem::exists(path_))
    write_text_atomic(path_, std::string_view(text).substr(0, whole));
}

void JsonLines::append(const Json& line) {
  std::string text = dump_json(line) + "\n";
  const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) fail(kJsonlPlace, "'{}': {}", path_.string(), std::strerror(errno));
  const ssize_t written = ::write(file, text.data(), text.size());
  const int error = errno;
  ::close(file);
  if (written != static_cast<ssize_t>(text.size()))
    fail(kJsonlPlace, "'{}': {} of {} bytes written: {}", path_.string(), written, text.size(),
         std::strerror(error));
}

void JsonLines::truncate_after(int64_t step) {
  const std::string text = read_text(path_);
  std::string kept;
  int number = 0;
  for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    const size_t line_end = text.find('\n', begin);
    if (line_end == std::string::npos) break;  // cut short
    end = line_end + 1;
    const std::string_view line(text.data() + begin, end - begin);
    ++number;
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object())
      fail(kJsonlPlace, "'{}' line {}: expected a JSON object", path_.string(), number);
    const auto found = json.find("step");
    if (found == json.end() || !found->is_number() || found->get<int64_t>() <= step) kept += line;
  }
  if (kept.size() != text.size()) write_text_atomic(path_, kept);
}

}  // namespace paucal::train
