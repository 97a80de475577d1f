#include "edge/pre/dicom_syntax.h"

// Before all other headers of DCMTK.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dcvrcs.h>
#include <dcmtk/dcmdata/dcvrus.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <memory>

#include "base/error.h"
#include "edge/pre/dicom_layout.h"

namespace paucal::edge::formats {
namespace {

// Once: DCMTK's decoders, and no word from it on the terminal, where values of a file could stand.
void prepare_dcmtk() {
  static const bool prepared = [] {
    OFLog::getLogger("dcmtk").setLogLevel(OFLogger::OFF_LOG_LEVEL);
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation, EUC_never,
                                          EPC_colorByPixel);
    return true;
  }();
  (void)prepared;
}

// Tags with their types, or DCMTK would read its dictionary, which takes a tenth of a second.
void put_number(DcmItem& item, const DcmTagKey& tag, int value) {
  auto element = std::make_unique<DcmUnsignedShort>(DcmTag(tag, EVR_US));
  element->putUint16(static_cast<Uint16>(value));
  if (item.insert(element.get()).good()) (void)element.release();
}

void put_text(DcmItem& item, const DcmTagKey& tag, const char* value) {
  auto element = std::make_unique<DcmCodeString>(DcmTag(tag, EVR_CS));
  element->putString(value);
  if (item.insert(element.get()).good()) (void)element.release();
}

const char* photometry_of(const DicomLayout& layout) {
  switch (layout.colours) {
    case DicomLayout::Colours::kGrey:
      return "MONOCHROME2";
    case DicomLayout::Colours::kRgb:
      return "RGB";
    case DicomLayout::Colours::kYbr:
      return "YBR_FULL";
    case DicomLayout::Colours::kYbr422:
      return "YBR_FULL_422";
  }
  return "";
}

// What decoders ask for, and nothing else of the file.
void describe(const DicomLayout& layout, DcmDataset& dataset) {
  put_number(dataset, DCM_SamplesPerPixel, layout.samples);
  put_text(dataset, DCM_PhotometricInterpretation, photometry_of(layout));
  if (layout.samples == 3) put_number(dataset, DCM_PlanarConfiguration, 0);
  put_number(dataset, DCM_Rows, layout.height);
  put_number(dataset, DCM_Columns, layout.width);
  put_number(dataset, DCM_BitsAllocated, layout.allocated);
  put_number(dataset, DCM_BitsStored, layout.bits);
  put_number(dataset, DCM_HighBit, layout.lowest_bit + layout.bits - 1);
  put_number(dataset, DCM_PixelRepresentation, layout.is_signed);
}

// A sequence of an empty table of offsets and one fragment.
std::unique_ptr<DcmPixelSequence> sequence_of(Data frame) {
  auto sequence = std::make_unique<DcmPixelSequence>(DCM_PixelSequenceTag);
  std::vector<uint8_t> even(frame.begin(), frame.end());
  even.resize(even.size() + even.size() % 2);
  for (const Data part : {Data(), Data(even)}) {
    auto item = std::make_unique<DcmPixelItem>(DCM_PixelItemTag);
    if (!part.empty()) item->putUint8Array(part.data(), part.size());
    if (sequence->insert(item.get()).good()) (void)item.release();
  }
  return sequence;
}

}  // namespace

DicomSyntax dicom_syntax(std::string_view uid) {
  prepare_dcmtk();
  const DcmXfer xfer(std::string(uid).c_str());
  DicomSyntax syntax;
  syntax.encoding = {xfer.isExplicitVR() != 0, xfer.isBigEndian() != 0};
  syntax.compressed = xfer.isEncapsulated();
  syntax.jpeg = syntax.compressed && xfer.getXfer() != EXS_RLELossless;
  syntax.dcmtk = xfer.getXfer();
  const bool plain = !syntax.compressed && xfer.getStreamCompression() == ESC_none &&
                     xfer.getPixelDataByteOrder() == xfer.getByteOrder();
  if (xfer.getXfer() == EXS_Unknown)
    syntax.unread = "unknown";
  else if (!plain && !(syntax.compressed &&
                       DcmCodecList::canChangeCoding(xfer.getXfer(), EXS_LittleEndianExplicit)))
    syntax.unread = xfer.getXferName();
  return syntax;
}

Result<std::vector<uint8_t>> decompress_dicom(DicomLayout& layout, Data frame) {
  prepare_dcmtk();
  DcmDataset dataset;
  describe(layout, dataset);
  DcmPixelData pixels(DcmTag(DCM_PixelData, EVR_OB));
  pixels.putOriginalRepresentation(static_cast<E_TransferSyntax>(layout.syntax.dcmtk), nullptr,
                                   sequence_of(frame).release());
  std::vector<uint8_t> bytes(layout.frame_bytes() + layout.frame_bytes() % 2);
  Uint32 fragment = 0;
  OFString colours;
  const OFCondition status = pixels.getUncompressedFrame(
      &dataset, 0, fragment, bytes.data(), static_cast<Uint32>(bytes.size()), colours);
  if (status.bad())
    return failure("decode", "damaged DICOM: its compressed pixels: {}", status.text());
  bytes.resize(layout.frame_bytes());
  if (layout.samples == 3)
    layout.colours = colours == "RGB" ? DicomLayout::Colours::kRgb : DicomLayout::Colours::kYbr;
  return bytes;
}

}  // namespace paucal::edge::formats
