// The list of millions of unlabelled images: to write it, to open it, to walk through it, and to
// read images in the order in which training sees them. One JSON object a line, with the peak
// memory of the process so far:
//   bench_unlabelled [images] [source]
// With a source (see data/unlabelled/unlabelled_scan.h) its own images are listed and read instead.

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

#include "data/feed/sampler.h"
#include "data/unlabelled/unlabelled_scan.h"

namespace {

using namespace paucal;
namespace fs = std::filesystem;

constexpr int64_t kReads = 200'000, kPackImages = 10'000, kImageBytes = 1000;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// Runs it, and says how long it took for the number of images that it returns.
template <class Work>
void timed(const char* what, const Work& work) {
  const double start = now(), processor = processor_seconds();
  const int64_t images = work();
  const double seconds = now() - start;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{{\"what\": \"{}\", \"images\": {}, \"seconds\": {:.4f}, \"processor\": {:.4f}, "
      "\"peak_mb\": {}}}\n",
      what, images, seconds, processor_seconds() - processor, usage.ru_maxrss / 1024);
  std::fflush(stdout);
}

// All in one file of bytes, which the system keeps in memory.
void write_list(const fs::path& folder, const fs::path& list, int64_t images) {
  write_file_atomic(folder / "images.bin", Bytes(kPackImages * kImageBytes, 7));
  data::UnlabelledIndexWriter writer(list, folder);
  const auto pack =
      writer.add_source(data::stamped(folder, "images.bin", data::UnlabelledSource::kPack));
  for (int64_t i = 0; i < images; ++i)
    writer.add(pack, fmt::format("camera-{:02}/frame-{:08}.jpg", i % 16, i),
               static_cast<uint64_t>(i % kPackImages * kImageBytes), kImageBytes);
  writer.commit();
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t images = argc > 1 ? std::atoll(argv[1]) : 10'000'000;
  const fs::path folder = fs::temp_directory_path() / fmt::format("paucal_bench_{}", ::getpid());
  const fs::path list = folder / "images.idx";
  fs::create_directories(folder);
  timed("write", [&] {
    if (argc > 2) return data::index_unlabelled(argv[2], list).images;
    write_list(folder, list, images);
    return images;
  });
  std::unique_ptr<data::UnlabelledIndex> index;
  timed("open", [&] {
    index = std::make_unique<data::UnlabelledIndex>(data::UnlabelledIndex::open(list));
    if (!index->stale().empty()) std::abort();
    return index->size();
  });
  size_t bytes = 0;
  timed("walk", [&] {
    for (int64_t i = 0; i < index->size(); ++i) bytes += index->name(i).size();
    return index->size();
  });
  const data::NumberStream order(index->size(), 1, 2);
  const auto at_random = [&](const char* what, const auto& size_of) {
    timed(what, [&] {
      for (int64_t i = 0; i < kReads; ++i) bytes += size_of(order.at(i));
      return kReads;
    });
  };
  at_random("order", [](int64_t i) { return static_cast<size_t>(i); });
  at_random("names at random", [&](int64_t i) { return index->name(i).size(); });
  at_random("read at random", [&](int64_t i) { return index->read(i).size(); });
  fs::remove_all(folder);
  return bytes == 0;
}
