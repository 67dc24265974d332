// The gate knows a modify among other requests, however the bytes arrive.
#include <gtest/gtest.h>

#include <string>

#include "lab/request_watch.hpp"

namespace dirbridge::lab {
namespace {

std::string message(char operation, std::size_t size, bool long_form = false) {
  std::string content = {2, 2, 1, 44, operation};
  content += std::string(size, '\x66');  // what is inside must not be taken for a tag
  std::string head = {0x30};
  if (content.size() > 127 || long_form) {
    head += {static_cast<char>(0x82), static_cast<char>(content.size() >> 8), static_cast<char>(content.size() & 255)};
  } else {
    head += static_cast<char>(content.size());
  }
  return head + content;
}
const std::string bind = message(0x60, 20);
const std::string search = message(0x63, 300);
const std::string modify = message(0x66, 40);

TEST(RequestWatch, AModifyIsToldFromOtherRequestsAtEverySplit) {
  const auto stream = bind + search + modify + search;
  const auto tag = bind.size() + search.size() + 6;  // the place of the operation's tag
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    RequestWatch watch;
    const bool before = watch.sees_modify(std::string_view{stream}.substr(0, split));
    const bool after = watch.sees_modify(std::string_view{stream}.substr(split));
    EXPECT_EQ(before, split > tag) << split;
    EXPECT_EQ(after, split <= tag) << split;
  }
}

TEST(RequestWatch, EachModifyIsSeenInTheBytesThatBringIt) {
  RequestWatch watch;
  EXPECT_FALSE(watch.sees_modify(bind + search));
  EXPECT_TRUE(watch.sees_modify(modify));
  EXPECT_FALSE(watch.sees_modify(search));
  EXPECT_TRUE(watch.sees_modify(search + message(0x66, 5, true)));
}

TEST(RequestWatch, WhatIsNotLdapIsLeftAlone) {
  for (const std::string foreign : {"\x16\x03\x01\x66\x66", "\x30\x85\x66\x66\x66\x66\x66", "\x30\x03\x04\x01\x66"}) {
    RequestWatch watch;
    EXPECT_FALSE(watch.sees_modify(foreign));
    EXPECT_FALSE(watch.sees_modify(modify));
  }
}

}  // namespace
}  // namespace dirbridge::lab
