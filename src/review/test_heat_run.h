#pragma once
// For tests: the files of a run that tell of heat.

#include <bit>
#include <cstring>

#include "base/files.h"
#include "base/json_text.h"
#include "edge/post/card.h"
#include "edge/post/raw_layout.h"

namespace paucal::review::test {

// An inspection of images of 40 × 30 pixels, each with a map of 4 × 3 cells: cold, but for the cell
// (2, 1), whose logit is 2, where heat is 1. A logit of 0 is heat 0.
inline void write_heat_run(const std::filesystem::path& run,
                           const std::vector<std::string>& paths) {
  edge::ModelCard card;
  card.classes = {"OK", "NG"};
  card.class_is_ok = {true, false};
  card.input.width = card.input.height = 32;
  card.calibration.heat_low = -9;
  write_json(run / "model.json", edge::to_json(card));
  write_json(run / "calibration.json", {{"calibration", {{"heat_low", 0}, {"heat_high", 2}}}});
  std::string lines;
  Hasher hasher;
  for (const std::string& path : paths) {
    lines += dump_json({{"path", path}, {"verdict", "NG"}}) + "\n";
    hasher.add(path);
  }
  write_text_atomic(run / "predictions.jsonl", lines);

  Bytes bytes;
  const auto append = [&](const auto& value) {
    const auto* from = reinterpret_cast<const uint8_t*>(&value);
    bytes.insert(bytes.end(), from, from + sizeof(value));
  };
  edge::RawHeader header{{}, edge::kRawVersion, 1, paths.size(), {}};
  std::ranges::copy(edge::kRawMagic, header.magic);
  std::ranges::copy(hasher.hex(), header.identity);
  append(header);
  constexpr size_t kRecord = sizeof(edge::RawFixed) + sizeof(double) + sizeof(edge::RawBox) + 24;
  for (size_t i = 0; i < paths.size(); ++i)
    append(uint64_t{sizeof(header) + paths.size() * sizeof(uint64_t) + i * kRecord});
  for (size_t i = 0; i < paths.size(); ++i) {
    append(edge::RawFixed{{10, 0, 0, 0, 10, 0}, 1, 1, 4, 3, 40, 30, 4, 3, 1, 0});
    append(1.5);
    append(edge::RawBox{0, 0, 5, 5, .5f, 1});
    for (int cell = 0; cell < 12; ++cell)  // half floats: 2 and -2
      append(uint16_t{static_cast<uint16_t>(cell == 6 ? 0x4000 : 0xC000)});
  }
  write_file_atomic(run / "raw.bin", bytes);
}

}  // namespace paucal::review::test
