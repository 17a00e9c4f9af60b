// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/**
 * Hashes of passwords, which can be guessed from: crypt(3) (bcrypt, SHA-crypt, yescrypt, MD5), Argon2, scrypt, LDAP, Django and Werkzeug, NTLM dumps.
 */
export const passwordHash = prefixDetector({
  name: "password_hash",
  literals: [
    "$2a$",
    "$2b$",
    "$2y$",
    "$2x$",
    "$1$",
    "$5$",
    "$6$",
    "$7$",
    "$y$",
    "$apr1$",
    "$argon2",
    "$scrypt",
    "{SSHA",
    "{SHA",
    "{CRYPT",
    "{MD5",
    "{SMD5",
    "pbkdf2",
    "scrypt:",
    "bcrypt_sha256",
    "aad3b435b51404ee",
    "$P$",
    "$H$",
    ":::",
  ],
  pattern:
    /(?<![\w$])\$(?:2[abxy]\$\d{2}\$[./A-Za-z0-9]{40,64}|(?:1|5|6|apr1)\$(?:rounds=\d{1,9}\$)?[^\s$:"'\\]{0,16}\$[./A-Za-z0-9]{20,90}|[7y]\$[./A-Za-z0-9$]{20,160}|argon2(?:id|i|d)?\$[\w=,$+/.-]{20,256}|scrypt\$[\w=,$+/.-]{20,256}|[PH]\$[./A-Za-z0-9]{31})|\{(?:SSHA|SHA|SMD5|MD5|CRYPT)(?:256|384|512)?\}[A-Za-z0-9+/=$.]{16,200}|(?:pbkdf2_sha(?:1|256|512)|bcrypt_sha256|pbkdf2:sha(?:1|256|512)(?::\d{1,9})?|scrypt:\d{1,9}:\d{1,3}:\d{1,3})\$[^\s"'\\]{20,256}|[0-9a-f]{32}(?=:[0-9a-f]{32}:::)|(?<=[0-9a-f]{32}:)[0-9a-f]{32}(?=:::)/g,
});
