#include "lab/slapd_config.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <filesystem>

#include "base/crypto.hpp"

namespace dirbridge::lab {
namespace {

std::string flag(bool value) { return value ? "TRUE" : "FALSE"; }

std::string member_of_overlay(int index, const std::string& object_class, const std::string& attribute) {
  return "dn: olcOverlay={" + std::to_string(index) + "}memberof,olcDatabase={1}mdb,cn=config\n" +
         "objectClass: olcOverlayConfig\nobjectClass: olcMemberOfConfig\nolcOverlay: {" + std::to_string(index) +
         "}memberof\nolcMemberOfGroupOC: " + object_class + "\nolcMemberOfMemberAD: " + attribute +
         "\nolcMemberOfMemberOfAD: memberOf\nolcMemberOfDangling: ignore\nolcMemberOfRefInt: TRUE\n\n";
}

}  // namespace

result<SlapdParts> find_slapd_parts() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  SlapdParts parts;
  for (const auto* folder : {"/usr/lib/ldap", "/usr/lib64/openldap", "/usr/lib/openldap", "/usr/libexec/openldap"})
    if (fs::exists(std::string{folder} + "/back_mdb.so", ignored)) parts.modules = folder;
  for (const auto* folder : {"/etc/ldap/schema", "/etc/openldap/schema"})
    if (fs::exists(std::string{folder} + "/inetorgperson.ldif", ignored)) parts.schemas = folder;
  if (parts.schemas.empty())
    return Error{errc::not_found, "OpenLDAP's schema files are missing (core.ldif); install the package slapd"};
  return parts;
}

std::string hash_password(const std::string& password) {
  const std::string salt = random_bytes(8);
  const std::string salted = password + salt;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(salted.data(), salted.size(), digest, &size, EVP_sha1(), nullptr);
  return "{SSHA}" + to_base64(std::string{reinterpret_cast<char*>(digest), size} + salt);
}

std::string slapd_config_ldif(const SlapdOptions& options, const SlapdParts& parts) {
  const std::string me = "gidNumber=" + std::to_string(::getegid()) + "+uidNumber=" + std::to_string(::geteuid()) +
                         ",cn=peercred,cn=external,cn=auth";
  std::string ldif = "dn: cn=config\nobjectClass: olcGlobal\ncn: config\n";
  ldif += "olcPidFile: " + options.folder + "/slapd.pid\nolcLogLevel: 0\n";
  ldif += "olcThreads: " + std::to_string(options.threads) + "\n";
  // One PDU of a bound client: the default of 4 MiB less one would cut off a modify of 50,000 members.
  ldif += "olcSockbufMaxIncomingAuth: 16777215\n";
  ldif += "olcSizeLimit: " + (options.size_limit > 0 ? std::to_string(options.size_limit) : "unlimited") + "\n";
  if (options.tls) {
    if (!options.tls_ca_pem.empty()) ldif += "olcTLSCACertificateFile: " + options.folder + "/tls/ca.pem\n";
    ldif += "olcTLSCertificateFile: " + options.folder + "/tls/server.pem\n";
    ldif += "olcTLSCertificateKeyFile: " + options.folder + "/tls/server.key\nolcTLSVerifyClient: never\n";
  }
  ldif += "\n";
  if (!parts.modules.empty()) {
    ldif += "dn: cn=module{0},cn=config\nobjectClass: olcModuleList\ncn: module{0}\nolcModulePath: " + parts.modules +
            "\nolcModuleLoad: back_mdb\n";
    if (options.memberof) ldif += "olcModuleLoad: memberof\n";
    if (options.provider) ldif += "olcModuleLoad: syncprov\n";
    if (options.password_policy) ldif += "olcModuleLoad: ppolicy\n";
    ldif += "\n";
  }
  ldif += "dn: cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: schema\n\n";
  for (const auto* schema : {"core", "cosine", "inetorgperson"})
    ldif += "include: file://" + parts.schemas + "/" + schema + ".ldif\n\n";

  ldif += "dn: olcDatabase={-1}frontend,cn=config\nobjectClass: olcDatabaseConfig\nobjectClass: olcFrontendConfig\n";
  ldif += "olcDatabase: {-1}frontend\nolcAccess: {0}to dn.base=\"\" by * read\n";
  ldif += "olcAccess: {1}to dn.base=\"cn=Subschema\" by * read\n";
  // Of use on the frontend only: a look-up among N values then takes log N comparisons instead of N.
  if (options.sort_values) ldif += "olcSortVals: member uniqueMember\n";
  ldif += "\ndn: olcDatabase={0}config,cn=config\nobjectClass: olcDatabaseConfig\nolcDatabase: {0}config\n";
  ldif += "olcAccess: {0}to * by dn.exact=\"" + me + "\" manage by * none\n\n";

  ldif += "dn: olcDatabase={1}mdb,cn=config\nobjectClass: olcDatabaseConfig\nobjectClass: olcMdbConfig\n";
  ldif += "olcDatabase: {1}mdb\nolcSuffix: " + options.suffix + "\nolcRootDN: cn=admin," + options.suffix + "\n";
  if (!options.admin_password.empty()) ldif += "olcRootPW: " + hash_password(options.admin_password.reveal()) + "\n";
  ldif += "olcDbDirectory: " + options.folder + "/db\nolcDbMaxSize: 4294967296\n";
  ldif += "olcDbNoSync: " + flag(!options.fsync) + "\nolcDbIndex: objectClass,entryUUID eq\nolcDbIndex: uid,cn eq\n";
  if (options.index_members) ldif += "olcDbIndex: member,uniqueMember eq\n";
  int number = 0;
  const auto access = [&](const std::string& line) {
    ldif += "olcAccess: {" + std::to_string(number++) + "}" + line + "\n";
  };
  access("to * by dn.exact=\"" + me + "\" manage by * break");
  for (const auto& line : options.access) access(line);
  access("to attrs=userPassword by anonymous auth by * none");
  access("to * by users read by * none");
  if (!options.copy_of.empty())
    ldif += "olcSyncrepl: {0}rid=001 provider=" + options.copy_of + " bindmethod=simple binddn=\"cn=admin," +
            options.suffix + "\" credentials=\"" + options.admin_password.reveal() + "\" searchbase=\"" +
            options.suffix + "\" type=refreshAndPersist retry=\"1 +\"\nolcUpdateRef: " + options.copy_of + "\n";
  ldif += "\n";
  if (options.provider)
    ldif +=
        "dn: olcOverlay={0}syncprov,olcDatabase={1}mdb,cn=config\nobjectClass: olcOverlayConfig\n"
        "objectClass: olcSyncProvConfig\nolcOverlay: {0}syncprov\n\n";
  if (options.password_policy)
    ldif +=
        "dn: olcOverlay=ppolicy,olcDatabase={1}mdb,cn=config\nobjectClass: olcOverlayConfig\n"
        "objectClass: olcPPolicyConfig\nolcOverlay: ppolicy\n\n";
  if (options.memberof)
    ldif += member_of_overlay(0, "groupOfNames", "member") + member_of_overlay(1, "groupOfUniqueNames", "uniqueMember");
  return ldif;
}

}  // namespace dirbridge::lab
