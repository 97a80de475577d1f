#include "loop/read_spool.h"

#include <algorithm>

#include "base/error.h"
#include "base/file_access.h"
#include "spool/times.h"

namespace paucal::loop {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLineEnding = ".jsonl";

void complain(ReadLines& result, std::string problem) {
  if (result.problems.size() < kMostProblems) result.problems.push_back(std::move(problem));
}

Result<std::vector<std::string>> hours_of(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator at(folder, error), end;
  for (; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (name.ends_with(kLineEnding) &&
        spool::is_hour_name(std::string_view(name).substr(0, name.size() - kLineEnding.size())))
      names.push_back(std::move(name));
  }
  if (error)
    return failure("loop", "'{}': {}, expected the lines of a spool", folder.string(),
                   error.message());
  std::ranges::sort(names);
  return names;
}

// Takes the whole lines of `bytes`, which begin at byte piece.to of the file, and moves on.
void take_lines(std::string_view bytes, const fs::path& file, int64_t most, ReadPiece& piece,
                ReadLines& result) {
  while (static_cast<int64_t>(piece.lines.size()) < most) {
    const size_t end = bytes.find('\n');
    if (end == bytes.npos) return;
    const std::string origin = fmt::format("'{}' byte {}", file.string(), piece.to);
    auto line = parse_spool_line(bytes.substr(0, end), origin);
    if (line.ok()) {
      piece.lines.push_back(std::move(*line));
    } else {
      ++piece.damaged;
      complain(result, fmt::format("[{}] {}", line.failure().place, line.failure().message));
    }
    piece.to += end + 1;
    bytes.remove_prefix(end + 1);
  }
}

void read_file_from(const fs::path& path, const ReadOptions& options, int64_t most,
                    ReadPiece& piece, ReadLines& result) {
  const auto file = InputFile::open(path);
  if (!file.ok()) return complain(result, file.failure().message);
  if (file->size() < piece.from)
    complain(result, fmt::format("[loop] '{}': {} bytes, expected at least the {} that were read",
                                 path.string(), file->size(), piece.from));
  // Several lines at once; a line is never longer than a chunk unless it is damage.
  const uint64_t chunk = std::max<uint64_t>(options.most_line_bytes, 1) * 4;
  while (piece.to < file->size() && static_cast<int64_t>(piece.lines.size()) < most) {
    const auto bytes = file->read(piece.to, std::min(chunk, file->size() - piece.to));
    if (!bytes.ok()) return complain(result, bytes.failure().message);
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    const uint64_t before = piece.to;
    take_lines(text, path, most, piece, result);
    if (piece.to > before) continue;
    if (text.size() < chunk) {
      complain(result, fmt::format("[loop] '{}' byte {}: half a line of {} bytes, left for the "
                                   "next time",
                                   path.string(), piece.to, text.size()));
      return;
    }
    ++piece.damaged;
    complain(result, fmt::format("[loop] '{}' byte {}: no line feed in {} bytes, expected lines of "
                                 "at most {}",
                                 path.string(), piece.to, text.size(), options.most_line_bytes));
    piece.to += text.size();
  }
  if (piece.to < file->size()) result.more = true;
}

}  // namespace

Result<ReadLines> read_spool(const fs::path& spool, const std::map<std::string, uint64_t>& read,
                             const ReadOptions& options) {
  const auto names = hours_of(spool / "line");
  if (!names.ok()) return names.failure();
  ReadLines result;
  int64_t left = options.most_lines;
  for (const std::string& name : *names) {
    const auto before = read.find(name);
    ReadPiece piece{.file = name};
    piece.from = piece.to = before == read.end() ? 0 : before->second;
    read_file_from(spool / "line" / name, options, left, piece, result);
    left -= static_cast<int64_t>(piece.lines.size());
    if (piece.to > piece.from) result.pieces.push_back(std::move(piece));
    if (left <= 0) {
      result.more = result.more || name != names->back();
      break;
    }
  }
  return result;
}

}  // namespace paucal::loop
