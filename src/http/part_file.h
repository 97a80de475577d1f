#pragma once
// A file that is still coming: NAME.part, and NAME.part.json with what is known of the whole.
// After a kill or a lost connection the next download goes on from there.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/file_access.h"
#include "base/result.h"

namespace paucal::http {

struct PartFacts {
  std::string address;  // SHA-256 of the address, which may hold secrets
  std::string etag;     // empty: none
  std::string sha256;   // as the server tells; empty: it doesn't
  uint64_t size = 0;    // of the whole file; 0: unknown
};

// Not thread-safe. A second process that opens the same file is refused.
class PartFile {
 public:
  // Makes missing folders.
  static Result<PartFile> open(const std::filesystem::path& target);

  uint64_t size() const { return size_; }            // bytes that are here
  const PartFacts& facts() const { return facts_; }  // empty where there are none
  const std::filesystem::path& path() const { return path_; }

  std::optional<Failure> begin(const PartFacts& facts);  // anew: without any bytes
  std::optional<Failure> append(std::span<const uint8_t> data);
  std::optional<Failure> commit();  // becomes the target: fsync, rename, fsync of the folder
  void discard();                   // nothing is left of it

 private:
  PartFile(std::filesystem::path target, Descriptor file);

  std::filesystem::path target_, path_, sidecar_;
  Descriptor file_;
  uint64_t size_ = 0;
  PartFacts facts_;
};

}  // namespace paucal::http
