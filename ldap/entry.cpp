#include "base/text.hpp"
#include "ldap/directory.hpp"

namespace dirbridge::ldap {

const Attribute* Entry::find(std::string_view name) const {
  for (const auto& attribute : attributes) {
    const std::string_view description = attribute.name;
    if (equals_ignore_case(description.substr(0, description.find(';')), name)) return &attribute;
  }
  return nullptr;
}

std::string Entry::first(std::string_view name) const {
  const Attribute* attribute = find(name);
  return attribute == nullptr || attribute->values.empty() ? std::string{} : attribute->values.front();
}

}  // namespace dirbridge::ldap
