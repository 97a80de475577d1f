// windows.h before all that it would disturb.
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
// behind it
#include <fcntl.h>
#include <io.h>
#include <psapi.h>
#include <shellapi.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "base/system.h"

namespace paucal::system {
namespace fs = std::filesystem;
namespace {

int errno_of(DWORD error) {
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
      return ENOENT;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_USER_MAPPED_FILE:
      return EACCES;
    case ERROR_DISK_FULL:
      return ENOSPC;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_COMMITMENT_LIMIT:
      return ENOMEM;
    default:
      return EIO;
  }
}

template <class T>
T failed(T value) {
  errno = errno_of(::GetLastError());
  return value;
}

HANDLE handle_of(int file) {
  return reinterpret_cast<HANDLE>(::_get_osfhandle(file));
}

// A path that is too long for the system's functions, in the form that has no limit.
std::wstring system_path(const fs::path& path) {
  constexpr size_t kLongest = MAX_PATH - 12;  // of a folder
  std::wstring whole(::GetFullPathNameW(path.c_str(), 0, nullptr, nullptr), L'\0');
  whole.resize(
      ::GetFullPathNameW(path.c_str(), static_cast<DWORD>(whole.size()), whole.data(), nullptr));
  if (whole.size() < kLongest || whole.starts_with(L"\\\\?\\")) return path.native();
  return whole.starts_with(L"\\\\") ? L"\\\\?\\UNC" + whole.substr(1) : L"\\\\?\\" + whole;
}

// So that it may be renamed and removed while it is open, as elsewhere; a folder opens too, so that
// info_of() can say what it is.
int open_file(const fs::path& path, DWORD access, DWORD disposition, int flags) {
  constexpr DWORD kShared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  const HANDLE handle =
      ::CreateFileW(system_path(path).c_str(), access, kShared, nullptr, disposition,
                    FILE_ATTRIBUTE_NORMAL | FILE_FLAG_BACKUP_SEMANTICS, nullptr);
  if (handle == INVALID_HANDLE_VALUE) return failed(-1);
  const int file = ::_open_osfhandle(reinterpret_cast<intptr_t>(handle), flags | _O_BINARY);
  if (file < 0) ::CloseHandle(handle);
  return file;
}

OVERLAPPED at_offset(uint64_t offset) {
  OVERLAPPED place{};
  place.Offset = static_cast<DWORD>(offset);
  place.OffsetHigh = static_cast<DWORD>(offset >> 32);
  return place;
}

std::string utf8(const wchar_t* text) {
  const int size = ::WideCharToMultiByte(CP_UTF8, 0, text, -1, nullptr, 0, nullptr, nullptr);
  std::string result(static_cast<size_t>(std::max(size, 1)), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, text, -1, result.data(), size, nullptr, nullptr);
  result.pop_back();  // the zero behind it
  return result;
}

DWORD at_most(size_t size) {
  return static_cast<DWORD>(std::min<size_t>(size, 1 << 30));
}

}  // namespace

int open_for_reading(const fs::path& path) {
  return open_file(path, GENERIC_READ, OPEN_EXISTING, _O_RDONLY);
}

int open_emptied(const fs::path& path) {
  return open_file(path, GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS, _O_WRONLY);
}

void close(int file) {
  ::_close(file);
}

bool info_of(int file, FileInfo& info) {
  BY_HANDLE_FILE_INFORMATION status{};
  if (::GetFileType(handle_of(file)) != FILE_TYPE_DISK) {
    info = {};
    return true;
  }
  if (!::GetFileInformationByHandle(handle_of(file), &status)) return failed(false);
  const bool folder = (status.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  info = {folder ? FileKind::kFolder : FileKind::kRegular,
          uint64_t{status.nFileSizeHigh} << 32 | status.nFileSizeLow, 0};
  return true;
}

bool info_of(const fs::path& path, FileInfo& info) {
  const int file = open_for_reading(path);
  if (file < 0) return false;
  const bool known = info_of(file, info);
  close(file);
  return known;
}

void set_mode(int, unsigned) {}

int64_t read_at(int file, void* data, size_t size, uint64_t offset) {
  OVERLAPPED place = at_offset(offset);
  DWORD done = 0;
  if (::ReadFile(handle_of(file), data, at_most(size), &done, &place)) return done;
  return ::GetLastError() == ERROR_HANDLE_EOF ? 0 : failed(-1);
}

int64_t write_at(int file, const void* data, size_t size, uint64_t offset) {
  OVERLAPPED place = at_offset(offset);
  DWORD done = 0;
  if (!::WriteFile(handle_of(file), data, at_most(size), &done, &place)) return failed(-1);
  // Unlike elsewhere this moved the place of write().
  if (::SetFilePointer(handle_of(file), 0, nullptr, FILE_END) == INVALID_SET_FILE_POINTER &&
      ::GetLastError() != NO_ERROR)
    return failed(-1);
  return done;
}

int64_t write(int file, const void* data, size_t size) {
  DWORD done = 0;
  if (!::WriteFile(handle_of(file), data, at_most(size), &done, nullptr)) return failed(-1);
  return done;
}

bool to_disk(int file) {
  return ::FlushFileBuffers(handle_of(file)) || failed(false);
}

void folder_to_disk(const fs::path&) {}  // NTFS journals names

bool replace_file(const fs::path& from, const fs::path& to) {
  return ::MoveFileExW(system_path(from).c_str(), system_path(to).c_str(),
                       MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) ||
         failed(false);
}

void remove_file(const fs::path& path) {
  ::DeleteFileW(system_path(path).c_str());
}

const void* map_file(int file, size_t) {
  const HANDLE section =
      ::CreateFileMappingW(handle_of(file), nullptr, PAGE_READONLY, 0, 0, nullptr);
  if (!section) return failed(nullptr);
  const void* memory = ::MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
  if (!memory) (void)failed(false);
  ::CloseHandle(section);  // the view keeps it
  return memory;
}

void unmap_file(const void* memory, size_t) {
  ::UnmapViewOfFile(memory);
}

void forget_pages(const void* memory, size_t size) {
  // Pages that are not locked leave the working set.
  ::VirtualUnlock(const_cast<void*>(memory), size);
}

void* take_pages(size_t size) {
  void* memory = ::VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  return memory ? memory : failed(nullptr);
}

void give_back_pages(void* memory, size_t) {
  ::VirtualFree(memory, 0, MEM_RELEASE);
}

void prefer_huge_pages(void*, size_t) {}

void begin_program(int& count, char**& arguments) {
  static std::vector<std::string> words;  // as long as the program
  static std::vector<char*> pointers;
  ::_setmode(::_fileno(stdout), _O_BINARY);
  ::SetConsoleOutputCP(CP_UTF8);
  int size = 0;
  wchar_t** wide = ::CommandLineToArgvW(::GetCommandLineW(), &size);
  if (!wide) return;
  for (int i = 0; i < size; ++i) words.push_back(utf8(wide[i]));
  ::LocalFree(wide);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  count = size;
  arguments = pointers.data();
}

int process_number() {
  return static_cast<int>(::GetCurrentProcessId());
}

int64_t peak_memory_bytes() {
  PROCESS_MEMORY_COUNTERS counters{};
  if (!::GetProcessMemoryInfo(::GetCurrentProcess(), &counters, sizeof counters)) return failed(-1);
  return static_cast<int64_t>(counters.PeakWorkingSetSize);
}

}  // namespace paucal::system
