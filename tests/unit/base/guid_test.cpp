#include "base/guid.hpp"

#include <gtest/gtest.h>

namespace dirbridge {
namespace {

TEST(Guid, ItsFirstThreeFieldsAreLittleEndian) {
  const std::string bytes{"\xd9\xf6\x93\x0f\xb7\xcb\x9f\x4f\xae\xd7\x53\xc7\xb2\xda\x08\x4a", guid_bytes};
  EXPECT_EQ(guid_text(bytes), "0f93f6d9-cbb7-4f9f-aed7-53c7b2da084a");
  EXPECT_EQ(guid_from_text("0f93f6d9-cbb7-4f9f-aed7-53c7b2da084a"), bytes);
  EXPECT_EQ(guid_from_text("0F93F6D9-CBB7-4F9F-AED7-53C7B2DA084A"), bytes);
}

TEST(Guid, OnlyItsTextFormIsOne) {
  EXPECT_TRUE(is_guid("0f93f6d9-CBB7-4f9f-aed7-53c7b2da084a"));
  for (const auto* other : {"", "0f93f6d9cbb74f9faed753c7b2da084a", "0f93f6d9-cbb7-4f9f-aed7-53c7b2da084",
                            "0f93f6d9-cbb7-4f9f-aed7-53c7b2da084g", "0f93f6d9-cbb7-4f9f-aed7+53c7b2da084a"})
    EXPECT_FALSE(is_guid(other)) << other;
}

}  // namespace
}  // namespace dirbridge
