#include "bench/raw_ldap.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dirbridge::bench {
namespace {

constexpr char attribute[] = "member";

// The one modification of a seat's next change, in libldap's null-terminated arrays.
class Modification {
 public:
  explicit Modification(const Seat& seat) {
    values_[0] = const_cast<char*>(seat.user_dn.c_str());  // libldap reads it only
    mod_.mod_op = seat.taken ? LDAP_MOD_DELETE : LDAP_MOD_ADD;
    mod_.mod_type = const_cast<char*>(attribute);
    mod_.mod_values = values_.data();
    mods_[0] = &mod_;
  }
  LDAPMod** mods() { return mods_.data(); }

 private:
  std::array<char*, 2> values_{};
  LDAPMod mod_{};
  std::array<LDAPMod*, 2> mods_{};
};

struct FreeMessage {
  void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using MessagePtr = std::unique_ptr<LDAPMessage, FreeMessage>;

}  // namespace

RawLdap::RawLdap(const std::string& url, const std::string& bind_dn, const Secret& password, const std::string& ca_file)
    : url_(url) {
  LDAP* ld = nullptr;
  if (const int rc = ldap_initialize(&ld, url.c_str()); rc != LDAP_SUCCESS) fail("ldap_initialize", rc);
  ld_.reset(ld);
  const int version = LDAP_VERSION3;
  ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
  ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
  if (!ca_file.empty()) {
    const int here = 0;
    ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, ca_file.c_str());
    ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &here);
  }
  const timeval patience{10, 0};
  ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &patience);
  berval credentials{password.reveal().size(), const_cast<char*>(password.reveal().c_str())};
  const int rc = ldap_sasl_bind_s(ld, bind_dn.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr, nullptr, nullptr);
  if (rc != LDAP_SUCCESS) fail("bind as " + bind_dn, rc);
}

RawLdap::~RawLdap() = default;

void RawLdap::fail(const std::string& what, int rc) const {
  std::string text = url_ + ": " + what + ": " + ldap_err2string(rc);
  char* diagnostic = nullptr;
  if (ld_ && ldap_get_option(ld_.get(), LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic) == 0 && diagnostic) {
    if (*diagnostic) text.append(" (").append(diagnostic).append(")");
    ldap_memfree(diagnostic);
  }
  throw std::runtime_error(text);
}

Sample RawLdap::one_at_a_time(std::span<Seat> seats, Duration length) {
  Sample sample;
  const auto begin = std::chrono::steady_clock::now();
  const auto end = begin + length;
  auto before = begin;
  for (std::size_t next = 0; before < end; next = (next + 1) % seats.size()) {
    Seat& seat = seats[next];
    change_now(seat);
    const auto after = std::chrono::steady_clock::now();
    sample.latencies.push_back(after - before);
    before = after;
  }
  sample.changes = sample.latencies.size();
  sample.elapsed = before - begin;
  return sample;
}

void RawLdap::change_now(Seat& seat) {
  Modification modification{seat};
  const int rc = ldap_modify_ext_s(ld_.get(), seat.group_dn.c_str(), modification.mods(), nullptr, nullptr);
  if (rc != LDAP_SUCCESS) fail("modify " + seat.group_dn, rc);
  seat.turn();
}

void RawLdap::each_once(std::span<Seat> seats) {
  for (Seat& seat : seats) change_now(seat);
}

void RawLdap::change_all(std::span<Seat> seats, std::size_t chunk) {
  while (!seats.empty()) {
    const auto part = seats.first(std::min(chunk, seats.size()));
    seats = seats.subspan(part.size());
    std::vector<char*> values;
    for (const Seat& seat : part) values.push_back(const_cast<char*>(seat.user_dn.c_str()));
    values.push_back(nullptr);
    LDAPMod mod{};
    mod.mod_op = part.front().taken ? LDAP_MOD_DELETE : LDAP_MOD_ADD;
    mod.mod_type = const_cast<char*>(attribute);
    mod.mod_values = values.data();
    std::array<LDAPMod*, 2> mods{&mod, nullptr};
    const int rc = ldap_modify_ext_s(ld_.get(), part.front().group_dn.c_str(), mods.data(), nullptr, nullptr);
    if (rc != LDAP_SUCCESS) fail("modify " + part.front().group_dn, rc);
    for (Seat& seat : part) seat.turn();
  }
}

int RawLdap::send(const Seat& seat) {
  Modification modification{seat};
  int msgid = 0;
  const int rc = ldap_modify_ext(ld_.get(), seat.group_dn.c_str(), modification.mods(), nullptr, nullptr, &msgid);
  if (rc != LDAP_SUCCESS) fail("modify " + seat.group_dn, rc);
  return msgid;
}

Sample RawLdap::pipelined(std::span<Seat> seats, std::size_t window, Duration length) {
  Sample sample;
  std::deque<Seat*> idle;
  for (Seat& seat : seats) idle.push_back(&seat);
  std::unordered_map<int, Seat*> under_way;
  const auto begin = std::chrono::steady_clock::now();
  const auto end = begin + length;
  auto now = begin;
  while (now < end || !under_way.empty()) {
    while (now < end && under_way.size() < window && !idle.empty()) {
      Seat* seat = idle.front();
      idle.pop_front();
      under_way.emplace(send(*seat), seat);
    }
    LDAPMessage* raw = nullptr;
    const int kind = ldap_result(ld_.get(), LDAP_RES_ANY, LDAP_MSG_ONE, nullptr, &raw);
    const MessagePtr message{raw};
    now = std::chrono::steady_clock::now();
    if (kind != LDAP_RES_MODIFY) fail("result", kind < 0 ? LDAP_SERVER_DOWN : LDAP_PROTOCOL_ERROR);
    int rc = LDAP_SUCCESS;
    ldap_parse_result(ld_.get(), raw, &rc, nullptr, nullptr, nullptr, nullptr, 0);
    const auto found = under_way.find(ldap_msgid(raw));
    if (found == under_way.end()) fail("result of an unknown operation", LDAP_PROTOCOL_ERROR);
    Seat* seat = found->second;
    under_way.erase(found);
    if (rc != LDAP_SUCCESS) fail("modify " + seat->group_dn, rc);
    seat->turn();
    idle.push_back(seat);
    if (now <= end) ++sample.changes;  // what drains afterwards is true, but not of this round
  }
  sample.elapsed = length;
  return sample;
}

void RawLdap::look_at_each(std::span<const Seat> seats, std::size_t window) {
  std::string nothing = "1.1";
  std::array<char*, 2> attributes{nothing.data(), nullptr};
  std::size_t sent = 0;
  for (std::size_t done = 0; done < seats.size();) {
    for (; sent < seats.size() && sent - done < window; ++sent) {
      int msgid = 0;
      const int rc = ldap_search_ext(ld_.get(), seats[sent].user_dn.c_str(), LDAP_SCOPE_BASE, "(objectClass=*)",
                                     attributes.data(), 0, nullptr, nullptr, nullptr, LDAP_NO_LIMIT, &msgid);
      if (rc != LDAP_SUCCESS) fail("search " + seats[sent].user_dn, rc);
    }
    LDAPMessage* raw = nullptr;
    const int kind = ldap_result(ld_.get(), LDAP_RES_ANY, LDAP_MSG_ALL, nullptr, &raw);
    const MessagePtr message{raw};
    if (kind != LDAP_RES_SEARCH_RESULT) fail("result", kind < 0 ? LDAP_SERVER_DOWN : LDAP_PROTOCOL_ERROR);
    if (ldap_count_entries(ld_.get(), raw) != 1) fail("search", LDAP_NO_SUCH_OBJECT);
    ++done;
  }
}

std::set<std::string> RawLdap::members(const std::string& group_dn) {
  std::set<std::string> values;
  std::string wanted = attribute;
  while (!wanted.empty()) {
    std::array<char*, 2> attributes{wanted.data(), nullptr};
    LDAPMessage* raw = nullptr;
    const int rc = ldap_search_ext_s(ld_.get(), group_dn.c_str(), LDAP_SCOPE_BASE, "(objectClass=*)", attributes.data(),
                                     0, nullptr, nullptr, nullptr, LDAP_NO_LIMIT, &raw);
    const MessagePtr message{raw};
    if (rc != LDAP_SUCCESS) fail("read " + group_dn, rc);
    wanted.clear();
    LDAPMessage* entry = ldap_first_entry(ld_.get(), raw);
    BerElement* position = nullptr;
    // "member", or "member;range=0-1499" with more to come, or "member;range=1500-*", the last.
    char* name = entry ? ldap_first_attribute(ld_.get(), entry, &position) : nullptr;
    for (; name; name = ldap_next_attribute(ld_.get(), entry, position)) {
      if (berval** found = ldap_get_values_len(ld_.get(), entry, name)) {
        for (berval** value = found; *value; ++value) values.emplace((*value)->bv_val, (*value)->bv_len);
        ldap_value_free_len(found);
      }
      const std::string_view shown = name;
      const auto dash = shown.find("range=") == std::string_view::npos ? std::string_view::npos : shown.rfind('-');
      if (dash != std::string_view::npos && shown.substr(dash + 1) != "*") {
        const auto next = std::stoul(std::string{shown.substr(dash + 1)}) + 1;
        wanted = std::string{attribute} + ";range=" + std::to_string(next) + "-*";
      }
      ldap_memfree(name);
    }
    ber_free(position, 0);
  }
  return values;
}

}  // namespace dirbridge::bench
