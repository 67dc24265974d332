#include "proto/directory_objects.hpp"

namespace dirbridge::proto {

std::string_view to_text(DirectoryKind kind) {
  switch (kind) {
    case DirectoryKind::ldap: return "ldap";
    case DirectoryKind::active_directory: return "active_directory";
    case DirectoryKind::unsaid: break;
  }
  return "";
}

std::string_view to_text(GroupType type) {
  switch (type) {
    case GroupType::security: return "Security";
    case GroupType::distribution: return "Distribution";
    case GroupType::unsaid: break;
  }
  return "";
}

std::string_view to_text(GroupScope scope) {
  switch (scope) {
    case GroupScope::global: return "Global";
    case GroupScope::domain_local: return "DomainLocal";
    case GroupScope::universal: return "Universal";
    case GroupScope::unsaid: break;
  }
  return "";
}

bool is_of_version_3(const ImportedUser& user) {
  return !user.sam_account_name.empty() || !user.upn.empty() || !user.object_sid.empty();
}

bool is_of_version_3(const ImportedGroup& group) {
  return !group.sam_account_name.empty() || !group.object_sid.empty() || !group.domain.empty() ||
         group.type != GroupType::unsaid || group.scope != GroupScope::unsaid;
}

}  // namespace dirbridge::proto
