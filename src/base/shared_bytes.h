#pragma once
// Read-only bytes and what keeps them alive: a heap block, or a file mapped into memory.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "base/result.h"

namespace paucal {

// 64-byte aligned. Copies share the bytes; any thread may read them.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;

  static SharedBytes copy_of(std::span<const std::byte> bytes);
  template <class T>
  static SharedBytes copy_of(std::span<const T> values) {
    return copy_of(std::as_bytes(values));
  }
};

// The file mapped read-only: pages are read as they are touched. An empty file has no bytes. Fails
// on what is no regular file.
Result<SharedBytes> map_file(const std::filesystem::path& path);

}  // namespace paucal
