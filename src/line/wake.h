#pragma once
// Lets one thread sleep until another has something for it, or a descriptor is ready.

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "base/file_access.h"

namespace paucal::line {

class Wake {
 public:
  Wake() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  int fd() const { return event_.get(); }  // readable once notified
  void notify() const {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fd(), &one, sizeof(one));
  }
  void clear() const {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t read = ::read(fd(), &count, sizeof(count));
  }
  // At most `ms` milliseconds; clears.
  void wait(int ms) const;

 private:
  Descriptor event_;
};

}  // namespace paucal::line
