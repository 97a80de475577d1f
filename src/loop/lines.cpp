#include "loop/lines.h"

#include <cmath>

#include "base/error.h"
#include "base/json_text.h"
#include "base/sha256.h"

namespace paucal::loop {
namespace {

using review::Database;

std::optional<double> said(double value) {
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

std::optional<std::string> said(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

// The number of this part in its stream.
int64_t count_part(Database& database, const SpoolLine& line) {
  database.run(
      "INSERT INTO loop_stream(station, model_sha256, model, version, parts, seen, at) "
      "VALUES(?,?,?,?,1,0,?) ON CONFLICT(station, model_sha256) DO UPDATE SET parts = parts + 1, "
      "model = excluded.model, version = excluded.version, at = max(at, excluded.at)",
      line.station, line.model_sha256, line.model, line.version, line.at);
  database.run(
      "INSERT INTO loop_stratum(station, model_sha256, stratum, pi, parts, kept, dropped) "
      "VALUES(?,?,?,?,1,?,?) ON CONFLICT(station, model_sha256, stratum, pi) DO UPDATE SET "
      "parts = parts + 1, kept = kept + excluded.kept, dropped = dropped + excluded.dropped",
      line.station, line.model_sha256, line.stratum, line.pi, !line.kept.empty(), line.dropped);
  return *database.integer("SELECT parts FROM loop_stream WHERE station = ? AND model_sha256 = ?",
                           line.station, line.model_sha256);
}

void add_part(Database& database, const SpoolLine& line) {
  const int64_t number = count_part(database, line);
  const Features& f = line.features;
  database.run(
      "INSERT INTO loop_part(station, model_sha256, number, at, part, ng, probability, logit, "
      "heat_peak, mean, spread, sharpness, hash, name) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      line.station, line.model_sha256, number, line.at, said(line.part), line.ng, line.probability,
      said(f[0]), said(f[1]), said(f[2]), said(f[3]), said(f[4]), said(line.hash), said(line.kept));
}

// An image that comes again, also under another verdict, stands for its first time alone.
void await_image(Database& database, const std::string& spool, const SpoolLine& line,
                 const AuditShares& shares) {
  const std::string hash = kept_hash(line.kept);
  const double share = audit_share(shares, line.stratum);
  const double audit = keyed_draw(database, "audit", hash) < share ? share : 0;
  database.run(
      "INSERT OR IGNORE INTO loop_image(name, hash, spool, state, part_id, at, station, "
      "model_sha256, "
      "part, stratum, pi, audit, line) VALUES(?,?,?,'awaited',?,?,?,?,?,?,?,?,?)",
      line.kept, hash, spool, database.last_id(), line.at, line.station, line.model_sha256,
      said(line.part), line.stratum, line.pi, audit, dump_json(line.json));
}

void move_position(Database& database, const std::string& spool, const ReadPiece& piece) {
  database.run(
      "INSERT OR IGNORE INTO loop_file(spool, file, offset, lines, damaged) "
      "VALUES(?,?,0,0,0)",
      spool, piece.file);
  database.run(
      "UPDATE loop_file SET offset = ?, lines = lines + ?, damaged = damaged + ? WHERE spool = ? "
      "AND file = ? AND offset = ?",
      static_cast<int64_t>(piece.to), static_cast<int64_t>(piece.lines.size()), piece.damaged,
      spool, piece.file, static_cast<int64_t>(piece.from));
  if (database.changes() != 1)
    fail("loop", "'{}' {}: read by somebody else meanwhile, expected byte {}", spool, piece.file,
         piece.from);
}

}  // namespace

std::map<std::string, uint64_t> read_positions(Database& database, const std::string& spool) {
  std::map<std::string, uint64_t> read;
  for (auto rows = database.query("SELECT file, offset FROM loop_file WHERE spool = ?", spool);
       rows.step();)
    read[rows.text(0)] = static_cast<uint64_t>(rows.integer(1));
  return read;
}

double audit_share(const AuditShares& shares, std::string_view stratum) {
  return stratum == "ng" ? shares.ng : stratum == "doubtful" ? shares.doubtful : shares.ok;
}

double keyed_draw(Database& database, std::string_view purpose, std::string_view name) {
  const std::string seed =
      database.text("SELECT value FROM meta WHERE key = 'seed'").value_or(std::string());
  const auto digest = Sha256().add(fmt::format("{} {} {}", seed, purpose, name)).digest();
  uint64_t bits = 0;
  for (size_t i = 0; i < 6; ++i) bits = bits << 8 | digest[i];
  return static_cast<double>(bits) / static_cast<double>(uint64_t{1} << 48);
}

void store_lines(Database& database, const std::string& spool, const ReadLines& read,
                 const AuditShares& shares) {
  for (const ReadPiece& piece : read.pieces) {
    move_position(database, spool, piece);
    for (const SpoolLine& line : piece.lines) {
      add_part(database, line);
      if (!line.kept.empty()) await_image(database, spool, line, shares);
    }
  }
}

}  // namespace paucal::loop
