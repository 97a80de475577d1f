#pragma once
// A model in one file, little-endian, made to be mapped into memory:
//
//   0   "\x89PAUCAL\n"                     a text-mode copy damages it visibly
//   8   u32 version, u32 section count
//   16  u64 length of the file
//   24  u32 CRC-32C of all header bytes before and the section table, u32 0
//   32  section table, 32 bytes each: u32 id, u32 CRC-32C, u64 offset, u64 length, u64 0
//   …   sections, each at a multiple of 64
//
// Sections: card (JSON: what the model means), graph (JSON), weights (raw constants).
// A file is hostile until it has been read: every length is checked before it is used, checksums
// first, then the graph is validated. Unknown sections are skipped, newer versions refused.

#include <filesystem>

#include "base/files.h"
#include "base/json.h"
#include "base/result.h"
#include "edge/graph/graph.h"

namespace paucal::edge {

inline constexpr uint32_t kModelFileVersion = 1;

struct ModelFile {
  Graph graph;
  Json card;  // task, classes, pre-processing, calibration: see edge/post/card.h
};

Bytes write_model(const ModelFile& model);

// `data`: the whole file; the graph's constants point into it and keep data.owner alive.
// `origin`: its path, for messages.
Result<ModelFile> read_model(const SharedBytes& data, const std::string& origin);

}  // namespace paucal::edge
