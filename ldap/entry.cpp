#include "base/text.hpp"
#include "ldap/directory.hpp"

namespace dirbridge::ldap {

const Attribute* Entry::find(std::string_view name) const {
  // The attribute itself before "description;lang-de", unless it is the empty one that Active Directory shows beside
  // "member;range=0-1499".
  const Attribute* with_options = nullptr;
  const Attribute* empty = nullptr;
  for (const auto& attribute : attributes) {
    const std::string_view description = attribute.name;
    if (!equals_ignore_case(description.substr(0, description.find(';')), name)) continue;
    auto& place = attribute.values.empty() ? empty : with_options;
    if (description.size() == name.size() && !attribute.values.empty()) return &attribute;
    if (place == nullptr) place = &attribute;
  }
  return with_options != nullptr ? with_options : empty;
}

std::string Entry::first(std::string_view name) const {
  const Attribute* attribute = find(name);
  return attribute == nullptr || attribute->values.empty() ? std::string{} : attribute->values.front();
}

}  // namespace dirbridge::ldap
