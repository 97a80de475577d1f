// DICOM files in memory, as DCMTK writes them.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dcrlerp.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrplol.h>

#include <algorithm>

#include "edge/pre/encode.h"
#include "edge/pre/fixtures.h"

namespace paucal::edge::fixtures {
namespace {

void put(DcmItem& item, const DcmTagKey& tag, const std::string& text) {
  if (!text.empty()) item.putAndInsertString(tag, text.c_str());
}

void put(DcmItem& item, const DcmTagKey& tag, int number) {
  item.putAndInsertUint16(tag, static_cast<Uint16>(number));
}

void put_pixels(DcmItem& item, const DicomSpec& spec, int allocated) {
  if (allocated == 16) {
    item.putAndInsertUint16Array(DCM_PixelData, spec.values.data(), spec.values.size());
    return;
  }
  std::vector<uint8_t> bytes(spec.values.begin(), spec.values.end());
  bytes.resize(bytes.size() + bytes.size() % 2);
  item.putAndInsertUint8Array(DCM_PixelData, bytes.data(), bytes.size());
}

void put_image(DcmItem& item, const DicomSpec& spec) {
  const int allocated = spec.allocated > 0 ? spec.allocated : spec.bits > 8 ? 16 : 8;
  put(item, DCM_SamplesPerPixel, spec.samples);
  put(item, DCM_PhotometricInterpretation, spec.photometry);
  if (spec.samples > 1) put(item, DCM_PlanarConfiguration, spec.planar);
  if (spec.frames != 1) put(item, DCM_NumberOfFrames, std::to_string(spec.frames));
  put(item, DCM_Rows, spec.height);
  put(item, DCM_Columns, spec.width);
  put(item, DCM_BitsAllocated, allocated);
  put(item, DCM_BitsStored, spec.bits);
  put(item, DCM_HighBit, spec.high_bit < 0 ? spec.bits - 1 : spec.high_bit);
  put(item, DCM_PixelRepresentation, spec.is_signed);
  put(item, DCM_WindowCenter, spec.centre);
  put(item, DCM_WindowWidth, spec.window_width);
  put(item, DCM_VOILUTFunction, spec.window_kind);
  put(item, DCM_RescaleIntercept, spec.intercept);
  put(item, DCM_RescaleSlope, spec.slope);
  DcmItem* table = nullptr;
  if (spec.modality_table) item.findOrCreateSequenceItem(DCM_ModalityLUTSequence, table);
  put_pixels(item, spec, allocated);
}

// As one fragment, written by ourselves: DCMTK's encoder changes grey values.
bool put_jpeg(DcmDataset& dataset, const DicomSpec& spec) {
  Image image(spec.width, spec.height, spec.samples);
  std::ranges::copy(spec.values, image.pixels.begin());
  Bytes jpeg = *encode_jpeg(image, 95);
  jpeg.resize(jpeg.size() + jpeg.size() % 2);
  auto* sequence = new DcmPixelSequence(DCM_PixelSequenceTag);
  auto* fragment = new DcmPixelItem(DCM_PixelItemTag);
  fragment->putUint8Array(jpeg.data(), jpeg.size());
  sequence->insert(new DcmPixelItem(DCM_PixelItemTag));  // the table of offsets
  sequence->insert(fragment);
  auto* pixels = new DcmPixelData(DCM_PixelData);
  pixels->putOriginalRepresentation(EXS_JPEGProcess1, nullptr, sequence);
  return dataset.insert(pixels, true).good();
}

bool compress(DcmDataset& dataset, const DicomSpec& spec, E_TransferSyntax syntax) {
  if (syntax == EXS_JPEGProcess1) return put_jpeg(dataset, spec);
  static const bool registered = [] {
    DcmRLEEncoderRegistration::registerCodecs();
    DJEncoderRegistration::registerCodecs();
    return true;
  }();
  const DcmRLERepresentationParameter rle;
  const DJ_RPLossless lossless;
  if (syntax == EXS_RLELossless)
    return registered && dataset.chooseRepresentation(syntax, &rle).good();
  return registered && dataset.chooseRepresentation(syntax, &lossless).good();
}

}  // namespace

Bytes dicom(const DicomSpec& spec) {
  DcmFileFormat file;
  DcmDataset& dataset = *file.getDataset();
  put(dataset, DCM_SOPClassUID, UID_SecondaryCaptureImageStorage);
  put(dataset, DCM_SOPInstanceUID, "1.2.3.4711");
  put(dataset, DCM_PatientName, spec.patient);
  put(dataset, DCM_PatientID, spec.patient);
  put_image(dataset, spec);
  const E_TransferSyntax syntax = DcmXfer(spec.syntax.c_str()).getXfer();
  if (DcmXfer(syntax).isEncapsulated() && !compress(dataset, spec, syntax)) return {};
  Bytes bytes(spec.values.size() * 4 + 10'000);
  DcmOutputBufferStream stream(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  file.transferInit();
  const bool written = file.write(stream, syntax, EET_UndefinedLength, nullptr).good();
  file.transferEnd();
  void* begin = nullptr;
  offile_off_t size = 0;
  stream.flushBuffer(begin, size);
  bytes.resize(written ? static_cast<size_t>(size) : 0);
  if (!spec.preamble) bytes.erase(bytes.begin(), bytes.begin() + 132);
  return bytes;
}

}  // namespace paucal::edge::fixtures
