#!/bin/sh
# Makes the certificates of the TLS scenarios with openssl (Debian: `openssl`): a CA for the tests, and the
# certificates that a service presents. All are valid for a hundred years from 2020, except the expired one,
# which was valid for one day. The keys protect no real data.
set -eu
cd "$(dirname "$0")"
rm -f ./*.pem
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

from=20200101000000Z
until=21200101000000Z
server='basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth'
here=IP:127.0.0.1,DNS:localhost

: >"$work/index.txt"
echo 01 >"$work/serial"
cat >"$work/ca.conf" <<END
[ca]
default_ca = ours
[ours]
database = $work/index.txt
serial = $work/serial
new_certs_dir = $work
certificate = ca.pem
private_key = ca-key.pem
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
END

# make NAME FROM UNTIL EXTENSIONS [more options of `openssl ca`]
make() {
  name=$1 start=$2 end=$3 extensions=$4
  shift 4
  openssl ecparam -name prime256v1 -genkey -noout -out "$name-key.pem"
  openssl req -new -key "$name-key.pem" -subj "/CN=$name" -out "$work/$name.csr"
  printf "$extensions\n" >"$work/$name.ext"
  openssl ca -batch -notext -config "$work/ca.conf" -in "$work/$name.csr" -extfile "$work/$name.ext" \
    -startdate "$start" -enddate "$end" -out "$name.pem" "$@"
}

make ca $from $until 'basicConstraints=critical,CA:TRUE' -selfsign -keyfile ca-key.pem
make good $from $until "subjectAltName=$here\n$server"
make other-host $from $until "subjectAltName=DNS:elsewhere.example\n$server"
make expired 20010101000000Z 20010102000000Z "subjectAltName=$here\n$server"
make self-signed $from $until "subjectAltName=$here\n$server" -selfsign -keyfile self-signed-key.pem
rm ca-key.pem
chmod 644 ./*.pem
