#pragma once
// For tests: a folder that goes away, a full disk, and programs called as a person calls them.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace paucal::command {

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "paucal_XXXXXX").string();
    if (!::mkdtemp(name.data())) fail("test", "'{}': cannot be made", name);
    path_ = name;
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::string text() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// While it lives, this process cannot write its standard output.
class FullDisk {
 public:
  FullDisk() {
    std::fflush(stdout);
    kept_ = ::dup(STDOUT_FILENO);
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    ::dup2(full, STDOUT_FILENO);
    ::close(full);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    std::clearerr(stdout);
    std::cout.clear();
    ::dup2(kept_, STDOUT_FILENO);
    ::close(kept_);
  }

 private:
  int kept_ = -1;
};

struct Answer {
  int code = -1;  // the exit code; -1: ended by a signal
  std::string out, err;
};

// `program` with `words` behind it. `out`: where standard output goes instead; the answer's is then
// empty.
inline Answer run_program(const std::string& program, const std::vector<std::string>& words,
                          const std::string& out = "") {
  const TestFolder folder;
  std::string line = "'" + program + "'";
  for (const std::string& word : words) line += " '" + word + "'";
  line += " > '" + (out.empty() ? (folder / "out").string() : out) + "' 2> '" +
          (folder / "err").string() + "'";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          out.empty() ? read_text(folder / "out") : "", read_text(folder / "err")};
}

// Text as its lines, each read as JSON.
inline std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(Json::parse(line));
  return lines;
}

}  // namespace paucal::command
