#include "line/wake.h"

#include <poll.h>

namespace paucal::line {

void Wake::wait(int ms) const {
  pollfd waits{fd(), POLLIN, 0};
  ::poll(&waits, 1, ms);
  clear();
}

}  // namespace paucal::line
