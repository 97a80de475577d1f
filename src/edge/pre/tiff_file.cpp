#include "edge/pre/tiff_file.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "base/error.h"

namespace paucal::edge::formats {
namespace {

constexpr uint32_t kMostDirectories = 100'000;
constexpr tmsize_t kLeastAtOnce = tmsize_t{64} << 20;  // bytes
constexpr tmsize_t kRatio = 8;                         // of what is taken at once to the file

std::string text_of(const char* format, va_list arguments) {
  char text[300];
  std::vsnprintf(text, sizeof text, format, arguments);
  return text;
}

}  // namespace

TiffFile::TiffFile(Data data) : data_(data) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  if (options == nullptr) {
    message_ = "out of memory";
    return;
  }
  TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, this);
  TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, this);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, most_at_once());
  // m: no mapping.
  tiff_ = TIFFClientOpenExt("TIFF", "rm", this, on_read, on_write, on_seek, on_close, on_size,
                            nullptr, nullptr, options);
  TIFFOpenOptionsFree(options);
}

TiffFile::~TiffFile() {
  if (tiff_) TIFFClose(tiff_);
}

tmsize_t TiffFile::most_at_once() const {
  return std::max(kLeastAtOnce, kRatio * static_cast<tmsize_t>(data_.size()));
}

bool TiffFile::is_picture() const {
  uint32_t kind = 0;
  TIFFGetFieldDefaulted(tiff_, TIFFTAG_SUBFILETYPE, &kind);
  return (kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) == 0;
}

bool TiffFile::go_to(int page) {
  if (!tiff_ || !TIFFSetDirectory(tiff_, 0)) return false;
  for (int seen = is_picture(); seen < page; seen += is_picture()) {
    if (TIFFLastDirectory(tiff_) || TIFFCurrentDirectory(tiff_) >= kMostDirectories) {
      message_ = fmt::format("it has {} pages, expected {}", seen, page);
      return false;
    }
    if (!TIFFReadDirectory(tiff_)) return false;
  }
  message_.clear();  // what was said of other pages
  return true;
}

int TiffFile::count_pages() {
  if (!tiff_ || !TIFFSetDirectory(tiff_, 0)) return 0;
  int pages = is_picture();
  while (!TIFFLastDirectory(tiff_) && TIFFCurrentDirectory(tiff_) < kMostDirectories) {
    if (!TIFFReadDirectory(tiff_)) return pages + 1;
    pages += is_picture();
  }
  return pages;
}

Failure TiffFile::damage() const {
  return failure("decode", "damaged TIFF of {} bytes: {}", data_.size(),
                 message_.empty() ? "unexpected end of file" : message_);
}

tmsize_t TiffFile::on_read(thandle_t self, void* to, tmsize_t size) {
  auto* file = static_cast<TiffFile*>(self);
  if (size <= 0 || file->at_ >= file->data_.size()) return 0;
  const uint64_t count =
      std::min<uint64_t>(static_cast<uint64_t>(size), file->data_.size() - file->at_);
  std::memcpy(to, file->data_.data() + file->at_, count);
  file->at_ += count;
  return static_cast<tmsize_t>(count);
}

toff_t TiffFile::on_seek(thandle_t self, toff_t offset, int whence) {
  auto* file = static_cast<TiffFile*>(self);
  if (whence == SEEK_CUR) offset += file->at_;
  if (whence == SEEK_END) offset += file->data_.size();
  return file->at_ = offset;
}

toff_t TiffFile::on_size(thandle_t self) {
  return static_cast<TiffFile*>(self)->data_.size();
}

int TiffFile::on_error(TIFF*, void* self, const char*, const char* format, va_list arguments) {
  auto* file = static_cast<TiffFile*>(self);
  if (file->message_.empty()) file->message_ = text_of(format, arguments);
  return 1;
}

// Private tags of cameras make warnings; codecs also warn where they make up missing pixels.
int TiffFile::on_warning(TIFF*, void* self, const char*, const char* format, va_list arguments) {
  const std::string text = text_of(format, arguments);
  auto* file = static_cast<TiffFile*>(self);
  for (const std::string_view sign : {"Premature", "premature", "Corrupt", "corrupt"})
    if (file->message_.empty() && text.find(sign) != std::string::npos) file->message_ = text;
  return 1;
}

}  // namespace paucal::edge::formats
