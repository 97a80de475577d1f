#pragma once
// For tests: SQLite's files, but the process is killed at a chosen write. `lose`: first, writes
// that no sync has followed are undone at random, as at a power cut.

#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "base/random.h"

namespace paucal::review::test {

struct Fault {
  std::atomic<int64_t> writes{0};
  int64_t kill_at = -1;  // the write, from 1; never where below
  bool lose = false;
  uint64_t seed = 1;

  struct Write {
    sqlite3_file* file;
    sqlite3_int64 offset, size_before;
    std::string before;
  };
  std::mutex mutex;
  std::vector<Write> unsynced;
};
inline Fault fault;

struct FaultFile {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  static FaultFile* of(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file); }
};

inline void die_at_this_write() {
  if (++fault.writes != fault.kill_at) return;
  if (fault.lose) {
    Random random(fault.seed);
    for (auto write = fault.unsynced.rbegin(); write != fault.unsynced.rend(); ++write) {
      if (random.chance(.5)) continue;
      sqlite3_file* file = write->file;
      if (!write->before.empty())
        file->pMethods->xWrite(file, write->before.data(), static_cast<int>(write->before.size()),
                               write->offset);
    }
  }
  ::kill(::getpid(), SIGKILL);
}

inline int fault_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  sqlite3_file* real = FaultFile::of(file)->real();
  const std::lock_guard lock(fault.mutex);
  die_at_this_write();
  if (fault.lose) {
    Fault::Write write{real, offset, 0, std::string(static_cast<size_t>(size), '\0')};
    real->pMethods->xFileSize(real, &write.size_before);
    real->pMethods->xRead(real, write.before.data(), size, offset);  // beyond the end: zeros
    fault.unsynced.push_back(std::move(write));
  }
  return real->pMethods->xWrite(real, data, size, offset);
}

inline int fault_truncate(sqlite3_file* file, sqlite3_int64 size) {
  const std::lock_guard lock(fault.mutex);
  die_at_this_write();
  sqlite3_file* real = FaultFile::of(file)->real();
  return real->pMethods->xTruncate(real, size);
}

inline int fault_sync(sqlite3_file* file, int flags) {
  sqlite3_file* real = FaultFile::of(file)->real();
  const std::lock_guard lock(fault.mutex);
  die_at_this_write();
  std::erase_if(fault.unsynced, [&](const Fault::Write& write) { return write.file == real; });
  return real->pMethods->xSync(real, flags);
}

inline int fault_close(sqlite3_file* file) {
  sqlite3_file* real = FaultFile::of(file)->real();
  {
    const std::lock_guard lock(fault.mutex);
    std::erase_if(fault.unsynced, [&](const Fault::Write& write) { return write.file == real; });
  }
  return real->pMethods->xClose(real);
}

// What is passed on as it is.
template <auto member, class... Args>
auto pass(sqlite3_file* file, Args... args) {
  sqlite3_file* real = FaultFile::of(file)->real();
  return (real->pMethods->*member)(real, args...);
}

inline const sqlite3_io_methods kFaultMethods = {
    2,
    fault_close,
    [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
      return pass<&sqlite3_io_methods::xRead>(f, to, n, at);
    },
    fault_write,
    fault_truncate,
    fault_sync,
    [](sqlite3_file* f, sqlite3_int64* n) { return pass<&sqlite3_io_methods::xFileSize>(f, n); },
    [](sqlite3_file* f, int k) { return pass<&sqlite3_io_methods::xLock>(f, k); },
    [](sqlite3_file* f, int k) { return pass<&sqlite3_io_methods::xUnlock>(f, k); },
    [](sqlite3_file* f, int* r) { return pass<&sqlite3_io_methods::xCheckReservedLock>(f, r); },
    [](sqlite3_file* f, int op, void* a) {
      return pass<&sqlite3_io_methods::xFileControl>(f, op, a);
    },
    [](sqlite3_file* f) { return pass<&sqlite3_io_methods::xSectorSize>(f); },
    [](sqlite3_file* f) { return pass<&sqlite3_io_methods::xDeviceCharacteristics>(f); },
    [](sqlite3_file* f, int p, int n, int x, void volatile** at) {
      return pass<&sqlite3_io_methods::xShmMap>(f, p, n, x, at);
    },
    [](sqlite3_file* f, int o, int n, int k) {
      return pass<&sqlite3_io_methods::xShmLock>(f, o, n, k);
    },
    [](sqlite3_file* f) { pass<&sqlite3_io_methods::xShmBarrier>(f); },
    [](sqlite3_file* f, int d) { return pass<&sqlite3_io_methods::xShmUnmap>(f, d); },
    nullptr,
    nullptr};

inline sqlite3_vfs* real_vfs = nullptr;

inline int fault_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  FaultFile* ours = FaultFile::of(file);
  ours->base.pMethods = nullptr;
  const int code = real_vfs->xOpen(real_vfs, name, ours->real(), flags, out);
  if (ours->real()->pMethods) ours->base.pMethods = &kFaultMethods;
  return code;
}

// From here on, for all files of this process. Only in a child that ends.
inline void install_fault_vfs() {
  static sqlite3_vfs vfs;
  real_vfs = sqlite3_vfs_find(nullptr);
  vfs = *real_vfs;
  vfs.zName = "fault";
  vfs.szOsFile = real_vfs->szOsFile + static_cast<int>(sizeof(FaultFile));
  vfs.xOpen = fault_open;
  sqlite3_vfs_register(&vfs, 1);
}

}  // namespace paucal::review::test
