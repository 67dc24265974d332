// libkrb5's handles with their owners. Internal to ldap/: the only header that shows krb5.h.
#pragma once
#include <krb5.h>

#include <memory>
#include <string>

#include "ldap/kerberos_ticket.hpp"

namespace dirbridge::ldap {

struct KerberosTickets {
  KerberosTickets() = default;
  KerberosTickets(const KerberosTickets&) = delete;
  KerberosTickets& operator=(const KerberosTickets&) = delete;
  ~KerberosTickets() {
    if (cache != nullptr) krb5_cc_destroy(context, cache);  // the keys in it, too
    krb5_free_principal(context, client);
    krb5_free_principal(context, server);
    if (context != nullptr) krb5_free_context(context);
  }
  // "Client not found in Kerberos database"
  std::string words(krb5_error_code code) const {
    const char* text = krb5_get_error_message(context, code);
    std::string out{text};
    krb5_free_error_message(context, text);
    return out;
  }

  krb5_context context = nullptr;
  krb5_ccache cache = nullptr;  // of type MEMORY, with a name of its own
  krb5_principal client = nullptr;
  krb5_principal server = nullptr;
  std::string service;  // `server` as text: "ldap/dc1.ad.example.org@AD.EXAMPLE.ORG"
};

}  // namespace dirbridge::ldap
