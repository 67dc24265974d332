// A distinguished name: parsed once, compared by its canonical text.
#pragma once
#include <compare>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace dirbridge::ldap {

// canonical(): ldap_str2dn → attribute types lower case → values NFC, case-folded, inner blanks collapsed, outer ones
// trimmed → RFC 4514 escapes. Two spellings of one name have one canonical text; idempotent.
// text(): what is sent to a server: the spelling that was parsed, re-escaped per RFC 4514 with values in NFC; a
// type given as a number or by its long name goes by its short one if we know it.
// as_spelled(): what was parsed, byte for byte: for a server that compares bytes, and finds an entry under the name
// that it gave out and no other. key_as_spelled(): canonical(), but with letters composed or not as they were spelled.
class Dn {
 public:
  Dn() = default;  // the root DSE, ""
  // The error names the place. The empty string and names over 4096 bytes are refused.
  static result<Dn> parse(std::string_view text);
  // What parse() does for a name that is not plain ASCII without escapes, and what it gives the same as for one that
  // is.
  static result<Dn> parse_by_library(std::string_view text);

  const std::string& text() const { return text_; }
  const std::string& canonical() const { return canonical_; }
  const std::string& as_spelled() const { return spelled_ ? spelled_->text : text_; }
  const std::string& key_as_spelled() const { return spelled_ ? spelled_->canonical : canonical_; }
  bool empty() const { return canonical_.empty(); }
  // Is this `base` or below it?
  bool is_within(const Dn& base) const;
  // Likewise, letter for letter: by key_as_spelled().
  bool is_within_as_spelled(const Dn& base) const;
  // The id that the entry keeps when it is renamed or moved (entryUUID, nsUniqueId, objectGUID); empty: not known. It
  // takes no part in comparisons: two spellings of one name are equal whatever is known of them.
  const std::string& stable_id() const { return stable_id_; }
  void identify(std::string stable_id) { stable_id_ = std::move(stable_id); }
  // It means the entry that is spelled so and no other. A name with a stable id does: the server spelled it. One
  // without does if it is told to.
  void keep_letters();
  bool keeps_letters() const { return !stable_id_.empty() || (spelled_ && spelled_->keeps); }
  // The value of the first RDN's first attribute, unescaped: "Smith, John".
  const std::string& rdn_value() const { return rdn_value_; }

  friend bool operator==(const Dn& a, const Dn& b) { return a.canonical_ == b.canonical_; }
  friend auto operator<=>(const Dn& a, const Dn& b) { return a.canonical_ <=> b.canonical_; }

 private:
  struct Spelled {
    std::string text;
    std::string canonical;
    bool keeps = false;  // keep_letters(); nothing to keep where they are the same
  };
  bool parse_plain(std::string_view text);
  std::string text_;
  std::string canonical_;
  std::string rdn_value_;
  std::string stable_id_;
  std::shared_ptr<const Spelled> spelled_;  // only where it differs, which is rare
};

}  // namespace dirbridge::ldap
