#include "base/shared_bytes.h"

#include <cerrno>
#include <cstring>
#include <new>

#include "base/error.h"
#include "base/file_access.h"
#include "base/system.h"

namespace paucal {

SharedBytes SharedBytes::copy_of(std::span<const std::byte> bytes) {
  constexpr std::align_val_t kAlignment{64};
  auto* block = static_cast<std::byte*>(::operator new(bytes.size() + 1, kAlignment));
  if (!bytes.empty()) std::memcpy(block, bytes.data(), bytes.size());
  std::shared_ptr<const void> owner(block, [](void* p) { ::operator delete(p, kAlignment); });
  return {std::move(owner), {block, bytes.size()}};
}

Result<SharedBytes> map_file(const std::filesystem::path& path) {
  const Descriptor file(system::open_for_reading(path));
  system::FileInfo info;
  if (!file.ok() || !system::info_of(file.get(), info))
    return failure("file", "'{}': {}", path.string(), std::strerror(errno));
  if (info.kind != system::FileKind::kRegular)
    return failure("file", "'{}': no regular file", path.string());
  const auto size = static_cast<size_t>(info.size);
  if (size == 0) return SharedBytes::copy_of(std::span<const std::byte>());
  const void* memory = system::map_file(file.get(), size);
  if (!memory) return failure("file", "'{}': {}", path.string(), std::strerror(errno));
  std::shared_ptr<const void> owner(memory, [size](const void* p) { system::unmap_file(p, size); });
  return SharedBytes{std::move(owner), {static_cast<const std::byte*>(memory), size}};
}

}  // namespace paucal
