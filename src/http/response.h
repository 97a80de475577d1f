#pragma once
// What the headers of an HTTP response say about the file that follows. They come from a stranger.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace paucal::http {

struct ResponseHead {
  int status = 0;
  std::optional<uint64_t> length;  // Content-Length: of what follows, in bytes
  std::optional<uint64_t> begin;   // Content-Range: its first byte in the file
  std::optional<uint64_t> total;   // Content-Range: bytes of the whole file
  std::string etag;                // quotes included; empty: none, or a weak one (RFC 9110, 8.8.3)
  std::string encoding;            // Content-Encoding, lower case
  // Of the whole file, 64 hex digits, or empty: Repr-Digest (RFC 9530), Digest (RFC 3230), or
  // X-Linked-Etag, by which a hub tells the digest of what it redirects to.
  std::string sha256;
  std::string linked_sha256;  // stays over redirects

  // A line, with or without its end. A status line begins a new response; lines that mean nothing
  // here, or are broken, are passed over.
  void read(std::string_view line);

  // What the server says: its digest of this file, or the hub's of the file linked to.
  const std::string& digest() const { return sha256.empty() ? linked_sha256 : sha256; }
  // Bytes of the whole file, if told.
  std::optional<uint64_t> size() const { return status == 206 ? total : length; }
};

}  // namespace paucal::http
