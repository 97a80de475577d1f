#pragma once
// The tables of a store, and how older ones become newer.
//
// Three kinds: what was imported (image, proposal, class, run, …), whose digest an event holds; the
// chain of events, to which rows are only added; and what follows from the events, which
// `check --rebuild` makes anew and compares. Times: microseconds since 1970, UTC. Geometry: JSON
// with numbers that come back to the last bit, in pixels of the original image.

#include <span>
#include <string_view>

#include "review/database.h"

namespace paucal::review {

inline constexpr int kSchemaVersion = 2;

// 0: an empty file. Throws Error where a newer program wrote it.
int schema_version(Database& database);

// Makes or migrates all tables in one transaction. 1 → 2: audits.
void make_schema(Database& database);

// Whether the store has the tables of audits: one that was opened to read may be older.
bool has_audits(Database& database);

// Tables that follow from the events, each with its columns.
struct Derived {
  std::string_view table, columns;
};
std::span<const Derived> derived_tables();

}  // namespace paucal::review
