#include "ldap/kerberos_ticket.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

#include "ldap/kerberos_handles.hpp"

namespace dirbridge::ldap {
namespace {

struct Cure {
  krb5_error_code code;
  errc kind;
  std::string_view advice;
};
constexpr std::array cures{
    Cure{KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, errc::unauthenticated,
         "the KDC knows no such account: export the keytab of one that exists"},
    Cure{KRB5KDC_ERR_PREAUTH_FAILED, errc::unauthenticated,
         "the keytab's key is not the account's any more: export a new keytab, which also happens after each change of "
         "its password"},
    Cure{KRB5KRB_AP_ERR_BAD_INTEGRITY, errc::unauthenticated,
         "the keytab's key is not the account's any more: export a new keytab"},
    Cure{KRB5KDC_ERR_CLIENT_REVOKED, errc::unauthenticated, "the account is disabled or locked: enable it"},
    Cure{KRB5KDC_ERR_KEY_EXP, errc::unauthenticated,
         "the account's password has expired: set a new one, let it not expire, and export a new keytab"},
    Cure{KRB5KDC_ERR_NAME_EXP, errc::unauthenticated, "the account has expired: extend it"},
    Cure{KRB5KDC_ERR_ETYPE_NOSUPP, errc::configuration,
         "the keytab has no key of a kind that the KDC takes: export it with AES keys"},
    Cure{KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, errc::configuration,
         "the KDC knows no service of this name: write the server in ldap.urls with the name that its account has as "
         "service principal name, or add that name to its account"},
    Cure{KRB5KRB_AP_ERR_SKEW, errc::configuration, "the clocks of this machine and of the KDC differ: set them right"},
    Cure{KRB5_KDCREP_SKEW, errc::configuration, "the clocks of this machine and of the KDC differ: set them right"},
    Cure{KRB5_REALM_UNKNOWN, errc::configuration, "the KDC is not one of this realm: check ldap.principal, ldap.kdcs"},
    Cure{KRB5KDC_ERR_WRONG_REALM, errc::configuration,
         "the KDC is not one of this realm: check ldap.principal, ldap.kdcs"},
};

Error configuration(std::string words) { return {errc::configuration, std::move(words)}; }

krb5_data to_data(std::string_view bytes) {
  krb5_data data{};
  data.length = static_cast<unsigned int>(bytes.size());
  data.data = const_cast<char*>(bytes.data());
  return data;
}

}  // namespace

struct TicketExchange::Impl {
  explicit Impl(KerberosTickets& tickets_) : tickets(tickets_) {}
  ~Impl() {
    if (initial != nullptr) krb5_init_creds_free(tickets.context, initial);
    if (service != nullptr) krb5_tkt_creds_free(tickets.context, service);
    if (options != nullptr) krb5_get_init_creds_opt_free(tickets.context, options);
    if (keytab != nullptr) krb5_kt_close(tickets.context, keytab);
  }

  result<void> read_keytab(const std::string& file, const std::string& principal);
  result<std::vector<std::string>> names_in_keytab(const std::string& file);
  krb5_error_code begin_initial();
  krb5_error_code begin_service();

  KerberosTickets& tickets;  // of the exchange
  krb5_keytab keytab = nullptr;
  krb5_get_init_creds_opt* options = nullptr;  // libkrb5 goes on reading it after init
  krb5_init_creds_context initial = nullptr;
  krb5_tkt_creds_context service = nullptr;
};

result<std::vector<std::string>> TicketExchange::Impl::names_in_keytab(const std::string& file) {
  krb5_kt_cursor cursor{};
  if (const auto code = krb5_kt_start_seq_get(tickets.context, keytab, &cursor); code != 0)
    return configuration("the keytab " + file + " cannot be read: " + tickets.words(code));
  std::vector<std::string> names;
  krb5_keytab_entry entry{};
  while (krb5_kt_next_entry(tickets.context, keytab, &entry, &cursor) == 0) {
    char* name = nullptr;
    if (krb5_unparse_name(tickets.context, entry.principal, &name) == 0) {
      if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
      krb5_free_unparsed_name(tickets.context, name);
    }
    krb5_free_keytab_entry_contents(tickets.context, &entry);
  }
  krb5_kt_end_seq_get(tickets.context, keytab, &cursor);
  if (names.empty()) return configuration("the keytab " + file + " holds no key");
  return names;
}

result<void> TicketExchange::Impl::read_keytab(const std::string& file, const std::string& principal) {
  if (const auto code = krb5_kt_resolve(tickets.context, ("FILE:" + file).c_str(), &keytab); code != 0)
    return configuration("the keytab " + file + ": " + tickets.words(code));
  const auto names = names_in_keytab(file);
  if (!names) return names.error();
  const auto& wanted = principal.empty() ? names->front() : principal;
  if (const auto code = krb5_parse_name(tickets.context, wanted.c_str(), &tickets.client); code != 0)
    return configuration("\"" + wanted + "\" is no Kerberos principal: " + tickets.words(code));
  krb5_keytab_entry entry{};
  if (const auto code = krb5_kt_get_entry(tickets.context, keytab, tickets.client, 0, 0, &entry); code != 0) {
    std::string all;
    for (const auto& name : *names) all += (all.empty() ? "" : ", ") + name;
    return configuration("the keytab " + file + " has no key of " + wanted + "; it has keys of " + all +
                         ": export another, or correct ldap.principal");
  }
  krb5_free_keytab_entry_contents(tickets.context, &entry);
  return {};
}

krb5_error_code TicketExchange::Impl::begin_initial() {
  if (const auto code = krb5_get_init_creds_opt_alloc(tickets.context, &options); code != 0) return code;
  krb5_get_init_creds_opt_set_forwardable(options, 0);
  krb5_get_init_creds_opt_set_proxiable(options, 0);
  auto code = krb5_init_creds_init(tickets.context, tickets.client, nullptr, nullptr, 0, options, &initial);
  if (code == 0) code = krb5_init_creds_set_keytab(tickets.context, initial, keytab);
  return code;
}

// The first half is done: what it brought goes into the cache, and the second half starts from there.
krb5_error_code TicketExchange::Impl::begin_service() {
  krb5_creds granting{};
  if (const auto code = krb5_init_creds_get_creds(tickets.context, initial, &granting); code != 0) return code;
  auto code = krb5_cc_new_unique(tickets.context, "MEMORY", nullptr, &tickets.cache);
  if (code == 0) code = krb5_cc_initialize(tickets.context, tickets.cache, granting.client);
  if (code == 0) code = krb5_cc_store_cred(tickets.context, tickets.cache, &granting);
  if (code == 0) {
    krb5_creds wanted{};
    wanted.client = granting.client;
    wanted.server = tickets.server;
    code = krb5_tkt_creds_init(tickets.context, tickets.cache, &wanted, 0, &service);
  }
  krb5_free_cred_contents(tickets.context, &granting);
  return code;
}

TicketExchange::TicketExchange(std::unique_ptr<Impl> impl, KerberosTicketsPtr tickets, std::string account,
                               std::string service)
    : impl_(std::move(impl)),
      tickets_(std::move(tickets)),
      account_(std::move(account)),
      service_(std::move(service)) {}
TicketExchange::TicketExchange(TicketExchange&&) noexcept = default;
TicketExchange::~TicketExchange() { impl_.reset(); }

result<TicketExchange> TicketExchange::begin(const std::string& keytab_file, const std::string& principal,
                                             const std::string& host) {
  auto tickets = std::make_shared<KerberosTickets>();
  if (const auto code = krb5_init_context(&tickets->context); code != 0)
    return configuration("Kerberos cannot be used: error " + std::to_string(code) + "; is krb5.conf in order?");
  auto impl = std::make_unique<Impl>(*tickets);
  if (auto read = impl->read_keytab(keytab_file, principal); !read) return read.error();

  const krb5_data& realm = tickets->client->realm;
  // Built, not looked up: no DNS, and "localhost" stays what it is.
  auto code = krb5_build_principal(tickets->context, &tickets->server, realm.length, realm.data, "ldap", host.c_str(),
                                   static_cast<char*>(nullptr));
  std::array<std::string, 2> names;
  const std::array principals{tickets->client, tickets->server};
  for (std::size_t i = 0; i < names.size() && code == 0; ++i) {
    char* name = nullptr;
    code = krb5_unparse_name(tickets->context, principals[i], &name);
    if (code != 0) break;
    names[i] = name;
    krb5_free_unparsed_name(tickets->context, name);
  }
  if (code == 0) code = impl->begin_initial();
  if (code != 0) return configuration("Kerberos cannot be used: " + tickets->words(code));
  tickets->service = names[1];
  return TicketExchange{std::move(impl), std::move(tickets), std::move(names[0]), std::move(names[1])};
}

result<std::optional<TicketExchange::Request>> TicketExchange::step(std::string_view reply) {
  auto& impl = *impl_;
  auto* const context = impl.tickets.context;
  std::string about = account_;
  const auto failed = [&](krb5_error_code code) {
    const auto* const cure = std::ranges::find(cures, code, &Cure::code);
    const bool known = cure != cures.end();
    return Error{known ? cure->kind : errc::unavailable,
                 "no Kerberos ticket for " + about + ": " + impl.tickets.words(code) +
                     (known ? " (" + std::string{cure->advice} + ")" : std::string{})};
  };
  for (;;) {
    krb5_data in = to_data(reply);
    krb5_data out{};
    krb5_data realm{};
    unsigned int flags = 0;
    const bool first_half = impl.service == nullptr;
    if (!first_half) about = service_;
    const auto code = first_half ? krb5_init_creds_step(context, impl.initial, &in, &out, &realm, &flags)
                                 : krb5_tkt_creds_step(context, impl.service, &in, &out, &realm, &flags);
    Request request{{out.data, out.length}, {realm.data, realm.length}};
    krb5_free_data_contents(context, &out);
    krb5_free_data_contents(context, &realm);
    if (code != 0) return failed(code);
    static_assert(KRB5_INIT_CREDS_STEP_FLAG_CONTINUE == KRB5_TKT_CREDS_STEP_FLAG_CONTINUE);
    if ((flags & KRB5_INIT_CREDS_STEP_FLAG_CONTINUE) != 0) return std::optional{std::move(request)};
    reply = {};
    if (first_half) {
      if (const auto begun = impl.begin_service(); begun != 0) return failed(begun);
      continue;
    }
    // Under the very name that the bind will look for: it must find it without asking the network.
    krb5_creds found{};
    if (const auto got = krb5_tkt_creds_get_creds(context, impl.service, &found); got != 0) return failed(got);
    krb5_principal other = found.server;
    found.server = impl.tickets.server;
    const auto stored = krb5_cc_store_cred(context, impl.tickets.cache, &found);
    found.server = other;
    krb5_free_cred_contents(context, &found);
    if (stored != 0) return failed(stored);
    return std::optional<Request>{};
  }
}

}  // namespace dirbridge::ldap
