#pragma once
// What base/ and edge/ ask of the system: one file a platform, system_posix.cpp and
// system_windows.cpp. All fail as POSIX functions do: a number below 0, false or null, and errno
// says why. Nothing throws.

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace paucal::system {

// ---- files: descriptors, as those of POSIX ----

enum class FileKind { kRegular, kFolder, kOther };
struct FileInfo {
  FileKind kind = FileKind::kOther;
  uint64_t size = 0;
  unsigned mode = 0;  // permissions
};

int open_for_reading(const std::filesystem::path& path);  // does not wait for a pipe
int open_emptied(const std::filesystem::path& path);      // for writing; made where there is none
void close(int file);

bool info_of(int file, FileInfo& info);
bool info_of(const std::filesystem::path& path, FileInfo& info);
void set_mode(int file, unsigned mode);  // as far as we may

// How many bytes; fewer than `size` are no failure.
int64_t read_at(int file, void* data, size_t size, uint64_t offset);
int64_t write_at(int file, const void* data, size_t size, uint64_t offset);
int64_t write(int file, const void* data, size_t size);  // behind what was written before
bool to_disk(int file);
void folder_to_disk(const std::filesystem::path& folder);
// `from`, which may be open, takes the place of `to`.
bool replace_file(const std::filesystem::path& from, const std::filesystem::path& to);
void remove_file(const std::filesystem::path& path);

// ---- memory ----

const void* map_file(int file, size_t size);  // read-only
void unmap_file(const void* memory, size_t size);
void forget_pages(const void* memory, size_t size);  // mapped ones; they come back when touched

void* take_pages(size_t size);  // zero
void give_back_pages(void* memory, size_t size);
void prefer_huge_pages(void* memory, size_t size);

// ---- this process ----

// The first call of main(): arguments become UTF-8, and standard output takes bytes as they are.
void begin_program(int& count, char**& arguments);

int process_number();
int64_t peak_memory_bytes();  // resident

}  // namespace paucal::system
