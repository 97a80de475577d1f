#include "spool/spool.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <mutex>

#include "base/error.h"
#include "base/files.h"
#include "spool/entry_line.h"
#include "spool/keeper.h"
#include "spool/seed.h"

namespace paucal::spool {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPlace = "spool";

class FolderSpool final : public Spool {
 public:
  FolderSpool(SpoolOptions options, Descriptor locked, std::uint64_t seed,
              std::unique_ptr<Keeper> keeper)
      : options_(std::move(options)),
        locked_(std::move(locked)),
        seed_(seed),
        lines_(options_.folder / "line"),
        keeper_(std::move(keeper)) {}

  void add(const SpoolEntry& entry) override {
    try {
      add_entry(entry);
    } catch (const std::exception& error) {  // memory
      const std::lock_guard lock(mutex_);
      lose(error.what());
    }
  }

  SpoolCounts counts() const override {
    SpoolCounts counts = keeper_->counts();
    const std::lock_guard lock(mutex_);
    counts.lines = written_;
    counts.lines_lost = lost_;
    return counts;
  }

  std::string problem() const override {
    {
      const std::lock_guard lock(mutex_);
      if (!problem_.empty()) return problem_;
    }
    return keeper_->problem();
  }

 private:
  void add_entry(const SpoolEntry& entry) {
    const Time at = options_.now();
    Draw draw;
    draw.stratum = stratum_of(options_, *entry.card, *entry.prediction);
    std::optional<Keeper::Place> place = draw_image(entry.image, draw);
    std::string line = entry_line(entry, at, draw);
    std::optional<KeptImage> kept;
    if (place) kept = KeptImage{draw.kept, std::string(entry.image), line};
    write_line(at, std::move(line));
    if (place) keeper_->take(std::move(*place), draw.stratum, std::move(*kept));
  }

  // A place where the image is kept.
  std::optional<Keeper::Place> draw_image(std::string_view image, Draw& draw) {
    if (image.empty()) return {};
    const auto* bytes = reinterpret_cast<const uint8_t*>(image.data());
    draw.hash = Hasher().add(std::span(bytes, image.size())).hex();
    draw.probability = inclusion_probability(options_, draw.stratum);
    if (!is_drawn(image, seed_, draw.probability)) return {};
    Result<Keeper::Place> place = keeper_->reserve(image.size());
    if (!place.ok()) {
      draw.dropped = place.failure().message;
      return {};
    }
    draw.kept = kept_name(name_of(draw.stratum), draw.hash, image);
    return std::move(*place);
  }

  void write_line(Time at, std::string line) {
    const std::lock_guard lock(mutex_);
    if (missing_ > 0)
      line.insert(line.size() - 2, fmt::format(",\"lines_lost_before\":{}", missing_));
    if (const auto failed = lines_.append(at, line)) return lose(failed->message);
    ++written_;
    missing_ = 0;
    problem_.clear();
  }

  void lose(std::string problem) {
    ++lost_;
    ++missing_;
    problem_ = std::move(problem);
  }

  const SpoolOptions options_;
  const Descriptor locked_;
  const std::uint64_t seed_;
  mutable std::mutex mutex_;
  HourLog lines_;
  std::uint64_t written_ = 0, lost_ = 0;
  std::uint64_t missing_ = 0;  // lines since the last that was written
  std::string problem_;
  std::unique_ptr<Keeper> keeper_;
};

// The folder, open and locked: a read-only one can be, too.
Result<Descriptor> lock_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  Descriptor locked(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!locked.ok())
    return failure(kPlace, "'{}': {}", folder.string(),
                   error ? error.message() : std::strerror(errno));
  if (::flock(locked.get(), LOCK_EX | LOCK_NB) == 0) return locked;
  if (errno == EWOULDBLOCK)
    return failure(kPlace, "'{}': another process keeps images here, expected a folder of our own",
                   folder.string());
  return failure(kPlace, "'{}': flock: {}", folder.string(), std::strerror(errno));
}

Result<std::unique_ptr<Spool>> open_folder(SpoolOptions options) {
  Result<Descriptor> locked = lock_folder(options.folder);
  if (!locked.ok()) return locked.failure();
  const Result<std::uint64_t> seed = read_or_make_seed(options.folder);
  if (!seed.ok()) return seed.failure();
  for (const char* folder : {"line", "fate"}) cut_half_lines(options.folder / folder);
  Result<std::unique_ptr<Keeper>> keeper = Keeper::make(options);
  if (!keeper.ok()) return keeper.failure();
  return std::unique_ptr<Spool>(
      new FolderSpool(std::move(options), std::move(*locked), *seed, std::move(*keeper)));
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(SpoolOptions options) {
  try {
    return open_folder(std::move(options));
  } catch (const std::exception& error) {  // memory
    return failure(kPlace, "'{}': {}", options.folder.string(), error.what());
  }
}

}  // namespace paucal::spool
