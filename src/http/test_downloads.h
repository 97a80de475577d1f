#pragma once
// For the tests of downloads: a folder, a file, and what went wrong.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/random.h"
#include "base/sha256.h"
#include "http/download.h"
#include "http/test_server.h"

namespace paucal::http {

inline std::string random_text(size_t size, uint64_t seed) {
  Random random(seed);
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>(random.below(256));
  return text;
}

class Downloads : public testing::Test {
 protected:
  Downloads() {
    std::string name = (std::filesystem::temp_directory_path() / "paucal_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    options_.retry_seconds = 0;
    options_.retries = 1;
  }
  ~Downloads() override { std::filesystem::remove_all(folder_); }

  Result<Download> get(const std::string& address, const Expected& expected = {}) {
    return download(address, target(), expected, options_);
  }
  std::string error(const std::string& address, const Expected& expected = {}) {
    const auto result = get(address, expected);
    EXPECT_FALSE(result.ok());
    EXPECT_FALSE(std::filesystem::exists(target()));
    return result.ok() ? "" : result.failure().message;
  }
  std::filesystem::path target() const { return folder_ / "new" / "file.bin"; }
  std::filesystem::path part() const { return folder_ / "new" / "file.bin.part"; }
  bool is_clean() const {
    return !std::filesystem::exists(part()) && !std::filesystem::exists(part().string() + ".json");
  }

  const NoProxies no_proxies_;
  std::filesystem::path folder_;
  DownloadOptions options_;
  const std::string file_ = random_text(300'000, 1);
};

}  // namespace paucal::http
