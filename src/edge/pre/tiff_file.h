#pragma once
// Internal to tiff.cpp: a TIFF in memory, opened by libtiff, with its messages caught.

#include <tiffio.h>

#include <string>

#include "edge/pre/formats.h"

namespace paucal::edge::formats {

class TiffFile {
 public:
  // `data` must outlive this. What libtiff takes at once is bounded by what the file can hold.
  explicit TiffFile(Data data);
  ~TiffFile();
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  bool is_open() const { return tiff_ != nullptr; }
  TIFF* get() const { return tiff_; }
  // Bytes that a tile or a buffer may take.
  tmsize_t most_at_once() const;
  // Goes to a picture, from 1: directories of thumbnails and masks do not count. False where there
  // is none, or its header is damaged.
  bool go_to(int page);
  // Pictures. The last one may have a damaged header.
  int count_pages();

  // The first error, or a warning that data is missing; "" where there was none.
  const std::string& message() const { return message_; }
  Failure damage() const;

 private:
  static tmsize_t on_read(thandle_t self, void* to, tmsize_t size);
  static tmsize_t on_write(thandle_t, void*, tmsize_t) { return 0; }
  static toff_t on_seek(thandle_t self, toff_t offset, int whence);
  static int on_close(thandle_t) { return 0; }
  static toff_t on_size(thandle_t self);
  static int on_error(TIFF*, void* self, const char* module, const char* format, va_list arguments);
  static int on_warning(TIFF*, void* self, const char* module, const char* format,
                        va_list arguments);
  bool is_picture() const;

  Data data_;
  uint64_t at_ = 0;
  std::string message_;
  TIFF* tiff_ = nullptr;
};

}  // namespace paucal::edge::formats
