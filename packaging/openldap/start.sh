#!/bin/sh
# First start: passwords and certificates are made here, once, and kept in volumes; none is in an image or a file of the
# repository. Then slapd in the foreground.
#
#   /var/lib/directory     the database, the server's key, admin.password
#   /srv/directory         what the agent needs: ca.pem, agent.password
set -eu
umask 077
data=/var/lib/directory
door=/srv/directory

password() { openssl rand -base64 24 | tr -d '\n'; }

if [ ! -e "$data/ready" ]; then
  echo "first start: making passwords, certificates and the sample organisation"
  rm -rf "$data/mdb" "$data/run" "$data/slapd.conf"
  mkdir -p "$data/mdb" "$data/run" "$data/tls"
  password > "$data/admin.password"
  password > "$door/agent.password"

  # An authority for this one server. P-256: Debian's slapd and OpenSSL both like it, and it is cheap.
  openssl ecparam -name prime256v1 -genkey -noout -out "$data/tls/ca.key"
  openssl req -x509 -new -key "$data/tls/ca.key" -days 3650 -subj "/CN=Sample directory authority" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out "$data/tls/ca.pem"
  openssl ecparam -name prime256v1 -genkey -noout -out "$data/tls/server.key"
  openssl req -new -key "$data/tls/server.key" -subj "/CN=openldap" -out "$data/tls/server.csr"
  printf 'subjectAltName=DNS:openldap,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' > "$data/tls/server.ext"
  openssl x509 -req -in "$data/tls/server.csr" -CA "$data/tls/ca.pem" -CAkey "$data/tls/ca.key" -CAcreateserial \
    -days 825 -extfile "$data/tls/server.ext" -out "$data/tls/server.pem" 2>/dev/null
  cp "$data/tls/ca.pem" "$door/ca.pem"

  sed "s|@ADMIN_HASH@|$(/usr/sbin/slappasswd -T "$data/admin.password")|" /etc/directory/slapd.conf > "$data/slapd.conf"
  sed "s|@AGENT_HASH@|$(/usr/sbin/slappasswd -T "$door/agent.password")|" /etc/directory/sample.ldif > "$data/sample.ldif"
  /usr/sbin/slapadd -q -f "$data/slapd.conf" -l "$data/sample.ldif"
  rm "$data/sample.ldif"
  touch "$data/ready"
fi

exec /usr/sbin/slapd -d 0 -f "$data/slapd.conf" -h "ldap://0.0.0.0:1389 ldaps://0.0.0.0:1636"
