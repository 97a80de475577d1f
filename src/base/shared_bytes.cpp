#include "base/shared_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "base/error.h"
#include "base/file_access.h"

namespace paucal {

SharedBytes SharedBytes::copy_of(std::span<const std::byte> bytes) {
  constexpr std::align_val_t kAlignment{64};
  auto* block = static_cast<std::byte*>(::operator new(bytes.size() + 1, kAlignment));
  if (!bytes.empty()) std::memcpy(block, bytes.data(), bytes.size());
  std::shared_ptr<const void> owner(block, [](void* p) { ::operator delete(p, kAlignment); });
  return {std::move(owner), {block, bytes.size()}};
}

Result<SharedBytes> map_file(const std::filesystem::path& path) {
  // Without O_NONBLOCK a pipe would be waited for before it can be refused.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file.ok() || ::fstat(file.get(), &status) != 0)
    return failure("file", "'{}': {}", path.string(), std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return failure("file", "'{}': no regular file", path.string());
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return SharedBytes::copy_of(std::span<const std::byte>());
  void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (memory == MAP_FAILED) return failure("file", "'{}': {}", path.string(), std::strerror(errno));
  std::shared_ptr<const void> owner(
      memory, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
  return SharedBytes{std::move(owner), {static_cast<const std::byte*>(memory), size}};
}

}  // namespace paucal
