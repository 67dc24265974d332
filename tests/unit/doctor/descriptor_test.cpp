// Descriptors made by hand: who may delete, take over, set a password.
#include "doctor/descriptor.hpp"

#include <gtest/gtest.h>

namespace dirbridge::doctor {
namespace {

std::string number(std::uint32_t value, std::size_t length) {
  std::string bytes;
  for (std::size_t i = 0; i < length; ++i) bytes += static_cast<char>(value >> 8 * i & 0xff);
  return bytes;
}
// S-1-5-<last>
std::string sid(std::uint32_t last) { return std::string{"\x01\x01\x00\x00\x00\x00\x00\x05", 8} + number(last, 4); }
std::string ace(int type, std::uint32_t mask, std::uint32_t who, const std::string& object = {}, int flags = 0) {
  std::string body = number(mask, 4);
  if (type >= 5) body += number(object.empty() ? 0 : 1, 4) + object;
  body += sid(who);
  return number(static_cast<std::uint32_t>(type), 1) + number(static_cast<std::uint32_t>(flags), 1) +
         number(static_cast<std::uint32_t>(body.size() + 4), 2) + body;
}
// The owner is S-1-5-9.
std::string descriptor(const std::vector<std::string>& aces) {
  std::string list;
  for (const auto& one : aces) list += one;
  return number(0x80040001, 4) + number(20, 4) + number(0, 4) + number(0, 4) + number(32, 4) + sid(9) + number(4, 2) +
         number(static_cast<std::uint32_t>(8 + list.size()), 2) + number(static_cast<std::uint32_t>(aces.size()), 2) +
         number(0, 2) + list;
}
const std::set<std::string> us{"S-1-5-7", "S-1-5-11"};

bool may(const std::vector<std::string>& aces, std::uint32_t mask, const std::string& object = {}) {
  const auto parsed = parse_descriptor(descriptor(aces));
  EXPECT_TRUE(parsed);
  return parsed && is_granted(*parsed, us, mask, object);
}

TEST(DoctorDescriptor, ARightOfOursOrOfAGroupOfOursIsOurs) {
  EXPECT_TRUE(may({ace(0, right::delete_entry, 7)}, right::delete_entry));
  EXPECT_TRUE(may({ace(0, right::delete_entry, 11)}, right::delete_entry));
  EXPECT_FALSE(may({ace(0, right::delete_entry, 8)}, right::delete_entry));
  EXPECT_FALSE(may({ace(0, right::delete_tree, 7)}, right::delete_entry));
  EXPECT_FALSE(may({}, right::delete_entry));
}

TEST(DoctorDescriptor, TheFirstEntryThatSpeaksOfARightDecides) {
  const auto yes = ace(0, right::delete_entry, 7), no = ace(1, right::delete_entry, 11);
  EXPECT_FALSE(may({no, yes}, right::delete_entry));
  EXPECT_TRUE(may({yes, no}, right::delete_entry));
}

TEST(DoctorDescriptor, GenericAllIsEverything) {
  for (const auto mask : {right::delete_entry, right::write_owner, right::control_access, right::delete_child})
    EXPECT_TRUE(may({ace(0, 0x10000000, 7)}, mask));
}

TEST(DoctorDescriptor, WhatIsOnlyForEntriesBelowIsNotForThisOne) {
  EXPECT_FALSE(may({ace(0, right::delete_entry, 7, {}, 0x08)}, right::delete_entry));
  EXPECT_TRUE(may({ace(0, right::delete_entry, 7, {}, 0x12)}, right::delete_entry)) << "inherited";
}

TEST(DoctorDescriptor, SettingPasswordsIsItsOwnRightOrAmongAllOfThem) {
  const std::string other(16, 'x');
  EXPECT_TRUE(may({ace(5, right::control_access, 7, reset_password())}, right::control_access, reset_password()));
  EXPECT_FALSE(may({ace(5, right::control_access, 7, other)}, right::control_access, reset_password()));
  EXPECT_TRUE(may({ace(5, right::control_access, 7)}, right::control_access, reset_password()));
  EXPECT_TRUE(may({ace(0, right::control_access, 7)}, right::control_access, reset_password()));
}

TEST(DoctorDescriptor, ChildrenOfOneClassAreChildren) {
  const auto parsed = parse_descriptor(descriptor({ace(5, right::delete_child, 7, std::string(16, 'x'))}));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->owner, "S-1-5-9");
  EXPECT_TRUE(may_delete_children(*parsed, us));
  EXPECT_FALSE(may_delete_children(*parsed, {"S-1-5-8"}));
}

TEST(DoctorDescriptor, WhatIsCutOffAnywhereIsNone) {
  const auto whole = descriptor({ace(0, 1, 7), ace(5, right::control_access, 7, reset_password())});
  ASSERT_TRUE(parse_descriptor(whole));
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(parse_descriptor(std::string_view{whole}.substr(0, length))) << length;
}

}  // namespace
}  // namespace dirbridge::doctor
