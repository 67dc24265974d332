#include "doctor/access_advice.hpp"

#include <gtest/gtest.h>

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;

TEST(DoctorAdvice, IsThereForEveryServerWeKnow) {
  const AgentAccount account{"cn=agent,o=x", {"ou=people,o=x"}, {"ou=groups,o=x"}};
  EXPECT_NE(access_advice(ServerKind::openldap, account).find("olcAccess: {1}to dn.subtree=\"ou=groups,o=x\""),
            std::string::npos);
  EXPECT_NE(access_advice(ServerKind::ds389, account).find("dn: ou=people,o=x\n"), std::string::npos);
  EXPECT_NE(access_advice(ServerKind::active_directory, account).find(":WP;member;group\""), std::string::npos);
  EXPECT_EQ(access_advice(ServerKind::generic, account), "");
}

TEST(DoctorAdvice, NamesTheAccountOfActiveDirectoryAsItsToolsDo) {
  AgentAccount account{"agent@ad.org", {"ou=people,o=x"}, {"ou=groups,o=x"}};
  EXPECT_NE(access_advice(ServerKind::active_directory, account)
                .find("dsacls \"ou=groups,o=x\" /I:S /G \"agent@ad.org:WP;member;group\"\n"),
            std::string::npos);
  account.name = "cn=agent,o=x";
  account.sid = "S-1-5-21-1-2-3-1104";
  account.login = "AD\\agent";
  EXPECT_NE(access_advice(ServerKind::active_directory, account).find("\"AD\\agent:WP"), std::string::npos);
  account.login.clear();
  const auto text = access_advice(ServerKind::active_directory, account);
  EXPECT_NE(text.find("DOMAIN\\user:WP"), std::string::npos) << text;
  EXPECT_NE(text.find(";S-1-5-21-1-2-3-1104)"), std::string::npos) << text;
}

TEST(DoctorAdvice, ABinarySidIsReadAsText) {
  const std::string bytes("\x01\x05\0\0\0\0\0\x05\x15\0\0\0\x01\0\0\0\x02\0\0\0\xff\0\0\0\x50\x04\0\0", 28);
  EXPECT_EQ(sid_text(bytes), "S-1-5-21-1-2-255-1104");
  EXPECT_EQ(sid_text(bytes.substr(0, 27)), "");
  EXPECT_EQ(sid_text(""), "");
}

}  // namespace
}  // namespace dirbridge::doctor
