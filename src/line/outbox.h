#pragma once
// Lines that still have to reach somebody: a place in results.jsonl, kept beside it. The lines
// themselves are the buffer, in their order and each once; what was acknowledged lies before the
// place. One thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/file_access.h"
#include "base/result.h"

namespace paucal::line {

struct Letter {
  std::string text;  // without the newline
  uint32_t part = 0;
  uint64_t end = 0;  // behind its newline
};

class Outbox {
 public:
  // The place is kept in RESULTS.NAME. Without one, only lines from now on are sent. `most`: lines
  // that wait at most; older ones are skipped.
  static Result<Outbox> open(const std::filesystem::path& results, const std::string& name,
                             uint64_t most);

  // The next whole line; none: there is no further one yet. `newest`: the last part that was
  // judged.
  std::optional<Letter> next(uint32_t newest);
  // This line and all before it have arrived. In one write, so that kill -9 leaves the old place or
  // the new one. A place that cannot be written costs repetitions, and no line.
  void acknowledge(const Letter& letter);
  // Lines that were handed out and not acknowledged come again.
  void rewind();

  uint64_t skipped() const { return skipped_; }
  bool empty();  // all lines are acknowledged

 private:
  Outbox(Descriptor results, Descriptor place, uint64_t most)
      : results_(std::move(results)), place_(std::move(place)), most_(most) {}
  void store(uint64_t place);
  bool fill();

  Descriptor results_, place_;
  uint64_t most_;
  uint64_t acknowledged_ = 0, handed_out_ = 0;  // offsets
  std::string buffer_;                          // of the file from handed_out_ on
  uint64_t skipped_ = 0;
};

}  // namespace paucal::line
