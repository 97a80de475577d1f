// libFuzzer target: models that are consistent but for one lie, loaded and run on some images (see
// fuzz_lies.h). Checksums are right, bounds of single fields are mostly kept: what is left to find
// the lie are the rules across fields. Nothing may crash, leak or hang.
#include <random>

#include "edge/runtime/fuzz_lies.h"
#include "edge/runtime/fuzz_model.h"

using namespace paucal::edge;

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

// Each byte is a choice; where they end, all choices are 0. A model takes some hundred.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  std::minstd_rand random(seed);
  if (size >= 64 && random() % 4 != 0) return LLVMFuzzerMutate(data, size, max_size);
  const size_t wanted = std::min<size_t>(max_size, 256 + random() % 768);
  for (size_t i = 0; i < wanted; ++i) data[i] = static_cast<uint8_t>(random() >> 8);
  return wanted;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  size_t next = 0;
  const fuzz::Below below = [&](size_t n) {
    size_t choice = next < size ? data[next++] : 0;
    if (n > 256 && next < size) choice = choice << 8 | data[next++];
    return choice % n;
  };
  // The lie first, so that it depends on few bytes.
  std::vector<uint8_t> choices;
  for (int i = 0; i < 24; ++i) choices.push_back(static_cast<uint8_t>(below(256)));
  size_t at = 0;
  const fuzz::Below of_lie = [&](size_t n) {
    return (at < choices.size() ? choices[at++] : size_t{0}) % n;
  };
  const ModelFile file = fuzz::ModelMaker(below).consistent();
  (void)fuzz::load_and_predict(fuzz::lied(file, of_lie), below);
  return 0;
}
