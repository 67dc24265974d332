#include "ldap/envelope.hpp"

namespace dirbridge::ldap {
namespace {

constexpr int integer_tag = 0x02;
constexpr int octet_string_tag = 0x04;
constexpr int enumerated_tag = 0x0a;
constexpr int sequence_tag = 0x30;
constexpr int controls_tag = 0xa0;
constexpr int referrals_tag = 0xa3;

// What a message of the largest size could hold of empty parts costs thirty times its size once it is decoded. More
// than this is nobody's answer.
constexpr std::size_t max_controls = 100;
constexpr std::size_t max_referrals = 1'000;
// Of an entry: attributes and values. A group of many millions of members has them at some length.
constexpr std::size_t max_short_parts = 1'000'000;
constexpr std::size_t bytes_of_a_long_part = 16;

struct Element {
  int tag = 0;
  std::string_view content;
};

// Takes the first element off `bytes`; nullopt if it does not lie within them. Definite lengths and one-octet tags
// only, which is all that LDAP uses.
std::optional<Element> take(std::string_view& bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 2 || (byte(0) & 0x1f) == 0x1f) return std::nullopt;
  const int tag = byte(0);
  std::size_t header = 2;
  std::size_t length = byte(1);
  if (length >= 0x80) {
    const std::size_t octets = length & 0x7f;
    if (octets == 0 || octets > 8 || bytes.size() < header + octets) return std::nullopt;
    header += octets;
    length = 0;
    for (std::size_t i = 2; i < header; ++i) length = length << 8 | byte(i);
  }
  if (bytes.size() - header < length) return std::nullopt;
  const Element element{tag, bytes.substr(header, length)};
  bytes.remove_prefix(header + length);
  return element;
}

bool takes(std::string_view& bytes, int tag) {
  const auto element = take(bytes);
  return element && element->tag == tag;
}

// No more than `most` elements and nothing else.
bool is_list(std::string_view elements, std::size_t most) {
  for (std::size_t count = 0; !elements.empty(); ++count)
    if (count == most || !take(elements)) return false;
  return true;
}

// LDAPResult: code, matched DN, diagnostic text, perhaps referrals, then what is the operation's own.
bool is_result(std::string_view operation) {
  const auto code = take(operation);
  if (!code || code->tag != enumerated_tag || code->content.empty() || code->content.size() > 4 ||
      !takes(operation, octet_string_tag) || !takes(operation, octet_string_tag))
    return false;
  while (!operation.empty()) {
    const auto more = take(operation);
    if (!more) return false;
    if (more->tag == referrals_tag && !is_list(more->content, max_referrals)) return false;
  }
  return true;
}

// SearchResultEntry: name, attributes: each a type and its values.
bool is_entry(std::string_view operation) {
  const std::size_t size = operation.size();
  if (!takes(operation, octet_string_tag)) return false;
  const auto attributes = take(operation);
  if (!attributes || attributes->tag != sequence_tag || !operation.empty()) return false;
  std::size_t parts = 0;
  std::string_view left = attributes->content;
  while (!left.empty()) {
    const auto attribute = take(left);
    if (!attribute) return false;
    ++parts;
    std::string_view inside = attribute->content;
    const auto type = take(inside);
    const auto values = type ? take(inside) : std::nullopt;
    if (!values) return false;
    for (std::string_view rest = values->content; !rest.empty(); ++parts)
      if (!take(rest)) return false;
  }
  return parts <= max_short_parts || parts * bytes_of_a_long_part <= size;
}

}  // namespace

result<Envelope> open_envelope(std::string_view pdu) {
  const Error broken{errc::protocol, "the peer sent a message that is not LDAP"};
  const auto message = take(pdu);
  if (!message || message->tag != sequence_tag || !pdu.empty()) return broken;
  std::string_view parts = message->content;
  const auto msgid = take(parts);
  const auto operation = take(parts);
  if (!msgid || msgid->tag != integer_tag || msgid->content.empty() || msgid->content.size() > 4 || !operation)
    return broken;
  if (!parts.empty()) {
    const auto controls = take(parts);
    if (!controls || controls->tag != controls_tag || !parts.empty() || !is_list(controls->content, max_controls))
      return broken;
  }

  Envelope envelope;
  for (const char c : msgid->content) envelope.msgid = envelope.msgid << 8 | static_cast<unsigned char>(c);
  if ((static_cast<unsigned char>(msgid->content[0]) & 0x80) != 0)  // two's complement
    envelope.msgid -= 1L << (8 * msgid->content.size());
  envelope.tag = operation->tag;
  constexpr int entry = 0x64;
  constexpr int reference = 0x73;
  constexpr int intermediate = 0x79;
  const bool fits = operation->tag == entry          ? is_entry(operation->content)
                    : operation->tag == reference    ? is_list(operation->content, max_referrals)
                    : operation->tag == intermediate ? true
                                                     : is_result(operation->content);
  if (!fits) return broken;
  return envelope;
}

}  // namespace dirbridge::ldap
