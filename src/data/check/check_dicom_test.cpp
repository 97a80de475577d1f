#include "data/check/test_check.h"
#include "data/feed/image_cache.h"
#include "data/set/test_dicom.h"
#include "edge/image/deep.h"

namespace paucal::data {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

constexpr std::string_view kPatient = "Doe^Jane";

class CheckDicom : public CheckFolder {
 protected:
  CheckDicom() {
    for (int i = 0; i < 6; ++i) png(fmt::format("OK/{}.png", i)), png(fmt::format("NG/{}.png", i));
    write("OK/scan.dcm", dicom_of({picture(100), picture(101)}, kPatient));
    write("NG/deep.dcm", dicom_of({edge::deepened(picture(102))}, kPatient));
  }
};

TEST_F(CheckDicom, FramesAreImagesOfTheirOwn) {
  const CheckReport report = check();
  EXPECT_THAT(paths_of(report.dataset),
              IsSupersetOf({"OK/scan.dcm OK", "OK/scan.dcm#2 OK", "NG/deep.dcm NG"}));
  EXPECT_TRUE(report.ok()) << report.to_text();
  edge::PreprocessOptions input;
  input.channels = 1;
  ImageCache cache(report.dataset, input, 1 << 20, 1 << 20);
  for (size_t i = 0; i < report.dataset.records.size(); ++i) {
    const Record& record = report.dataset.records[i];
    if (record.path == "OK/scan.dcm#2") {
      EXPECT_EQ(cache.get(static_cast<int>(i))->image.pixels, picture(101).pixels);
    }
    if (record.path == "NG/deep.dcm") {
      EXPECT_EQ(record.bits, 16);
    }
  }
}

TEST_F(CheckDicom, BadOnesAreNamedAndPatientsAreNot) {
  Bytes torn = dicom_of({picture(103)}, kPatient);
  torn.resize(torn.size() - 20);
  write("OK/torn.dcm", torn);
  write("OK/jpeg2000.dcm", dicom_of({picture(104)}, kPatient, "1.2.840.10008.1.2.4.90"));
  write("OK/renamed.png", dicom_of({picture(105)}, kPatient));
  const CheckReport report = check();
  EXPECT_THAT(kinds_of(report.dataset),
              IsSupersetOf({"truncated OK/torn.dcm", "unsupported OK/jpeg2000.dcm",
                            "renamed OK/renamed.png"}));
  EXPECT_THAT(report.to_text(), HasSubstr("JPEG 2000"));
  for (const std::string& said : {report.to_text(), report.to_json().dump()}) {
    EXPECT_THAT(said, Not(HasSubstr("Doe")));
    EXPECT_THAT(said, Not(HasSubstr("Jane")));
  }
}

}  // namespace
}  // namespace paucal::data
