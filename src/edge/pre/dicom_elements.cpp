#include "edge/pre/dicom_elements.h"

#include <string_view>

#include "edge/pre/bytes.h"

namespace paucal::edge::formats {
namespace {

constexpr uint32_t kNoLength = 0xFFFFFFFF;

bool is_capital(int letter) {
  return letter >= 'A' && letter <= 'Z';
}

// Types whose length takes 4 bytes, after two that mean nothing: those that came later, too.
bool is_long(const char* type) {
  static constexpr std::string_view kShort =
      "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US";
  return is_capital(type[0]) && is_capital(type[1]) &&
         kShort.find(std::string_view(type, 2)) == std::string_view::npos;
}

}  // namespace

uint32_t DicomElements::number(size_t at, int bytes) const {
  uint32_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value = value << 8 | data_[at + static_cast<size_t>(encoding_.big_endian ? i : bytes - 1 - i)];
  return value;
}

uint32_t DicomElements::peek() const {
  return data_.size() - at_ < 4 ? 0 : number(at_, 2) << 16 | number(at_ + 2, 2);
}

// Leaves at_ behind the header.
std::optional<DicomElement> DicomElements::header() {
  if (data_.size() - at_ < 8) return std::nullopt;
  DicomElement element;
  element.tag = peek();
  const bool typed = encoding_.explicit_vr && element.tag >> 16 != kDicomItem >> 16;
  if (typed) {
    element.type[0] = static_cast<char>(data_[at_ + 4]);
    element.type[1] = static_cast<char>(data_[at_ + 5]);
  }
  if (!typed) {
    element.length = number(at_ + 4, 4);
    at_ += 8;
  } else if (is_long(element.type)) {
    if (data_.size() - at_ < 12) return std::nullopt;
    element.length = number(at_ + 8, 4);
    at_ += 12;
  } else {
    element.length = number(at_ + 6, 2);
    at_ += 8;
  }
  element.delimited = element.length == kNoLength;
  return element;
}

std::optional<DicomElement> DicomElements::next() {
  std::optional<DicomElement> element = header();
  if (!element) return std::nullopt;
  if (element->delimited && element->tag == kDicomPixels) {
    element->value = data_.subspan(at_);
    at_ = data_.size();
  } else if (element->delimited) {
    if (!skip_delimited(std::string_view(element->type, 2) == "UN")) return std::nullopt;
  } else {
    element->value = data_.subspan(at_, std::min<size_t>(element->length, data_.size() - at_));
    at_ += element->value.size();
  }
  return element;
}

// To the end marker of what has begun. Sequences of unknown type are encoded without types.
bool DicomElements::skip_delimited(bool of_unknown_type) {
  const DicomEncoding outside = encoding_;
  if (of_unknown_type) encoding_ = {.explicit_vr = false, .big_endian = false};
  size_t open = 1, untyped_from = of_unknown_type ? 1 : 0;
  while (open > 0) {
    const auto element = header();
    if (!element) return false;
    if (element->tag == kDicomItemEnd || element->tag == kDicomSequenceEnd) {
      if (open-- == untyped_from) {
        encoding_ = outside;
        untyped_from = 0;
      }
    } else if (element->delimited) {
      ++open;
      if (untyped_from == 0 && std::string_view(element->type, 2) == "UN") {
        untyped_from = open;
        encoding_ = {.explicit_vr = false, .big_endian = false};
      }
    } else if (element->length > data_.size() - at_) {
      return false;
    } else {
      at_ += element->length;
    }
  }
  return true;
}

DicomEncoding guess_dicom_encoding(Data data, size_t at) {
  // The first group is 8 in all that we know of.
  const bool big = u16_at(data, at) == 0x0800;
  const bool typed = at + 6 <= data.size() && is_capital(data[at + 4]) && is_capital(data[at + 5]);
  return {.explicit_vr = typed, .big_endian = big};
}

}  // namespace paucal::edge::formats
